package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.MadeFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrays whose numbers are not from -1, black, to 1, white. */
class NpyUnitsTest {
  @TempDir Path folder;

  @Test
  void valuesInOtherUnitsAreRefused() {
    Path levels = float32(new long[] {1, 1, 2, 1}, 0, 255);
    Refusals.refused(
        () -> NpyImages.open(levels),
        "values from 0.0 to 255.0",
        "from -1 (black)",
        "--levels 0..255");
    Path below = float32(new long[] {1, 1, 2, 1}, -10.5f, 0);
    Refusals.refused(() -> NpyImages.open(below), "values from -10.5 to 0.0");
    Path units = float32(new long[] {1, 1, 2, 1}, 0, 1);
    Refusals.refused(() -> NpyImages.open(units), "values from 0.0 to 1.0", "--levels 0..1");
  }

  @Test
  void pointsMayAllBePositive() {
    Path points = float32(new long[] {2, 1, 1, 2}, 0, 1, 0.5f, 0.5f);
    assertEquals(2, NpyImages.open(points).size());
  }

  /** Bytes are too coarse for them: {@code data --out} would refuse them again. */
  @Test
  void pointsAndLatentsAreRefusedWithWhatCanBeDone() throws IOException {
    Path far = float32(new long[] {2, 1, 1, 2}, 0, 300, 0.5f, 0.5f);
    String divided = "points with values from 0.0 to 300.0; values from -10.0 to 10.0; divide all";
    notPacked(far, divided);
    Path npy = folder.resolve("b.npy");
    byte[] points = MadeFiles.npy("<i4", "2, 1, 1, 2", new byte[16]);
    notPacked(Files.write(npy, points), "type '<i4'; float32; of type float32, in C order");
    byte[] latents = MadeFiles.npy("<i2", "1, 16, 8, 8", new byte[2048]);
    notPacked(Files.write(npy, latents), "type '<i2'; float32; of type float32, in C order");
    byte[] floats = MadeFiles.npy("<f4", "1, 4, 2, 2", new byte[64]);
    String order = new String(floats, StandardCharsets.ISO_8859_1).replace("False", "True ");
    Files.writeString(npy, order, StandardCharsets.ISO_8859_1);
    notPacked(npy, "Fortran order; convert: true; again in C order");
    byte[] bytes = MadeFiles.npy("|u1", "1, 16, 32, 32", new byte[1 << 14]);
    notPacked(Files.write(npy, bytes), "type '|u1'; float32; of type float32, in C order");
  }

  /** A common slip, of masks: trained on, all would be black. */
  @Test
  void bytesOfNothingButOnesAreToldOf() throws IOException {
    byte[] ones = {0, 1, 1, 0, 0, 0, 0, 0};
    Path npy = Files.write(folder.resolve("b.npy"), MadeFiles.npy("|u1", "2, 2, 2", ones));
    String note = NpyImages.open(npy).notes().toString();
    assertTrue(note.startsWith("[no value is above 1, of 255"), note);
    assertTrue(note.contains("b.npy --levels 0..1 --out "), note);
    ones[7] = 2;
    Files.write(npy, MadeFiles.npy("|u1", "2, 2, 2", ones));
    assertEquals(List.of(), NpyImages.open(npy).notes());
  }

  @Test
  void soAreOnesOfIdxFilesAndPictures() throws IOException {
    String told = "no value is above 1, of 255: all is black; if 1 is white: write them as one arr";
    byte[] ones = {0, 1, 1, 0};
    ImageSource idx = new ByteImages(1, 2, 1, 1, ones, new int[2], "", List.of());
    assertTrue(idx.notes().get(0).startsWith(told), idx.notes().toString());
    PackedImages.write(idx, folder.resolve("a.npy"), done -> {});
    assertTrue(NpyImages.open(folder.resolve("a.npy")).notes().get(0).contains("--levels 0..1"));
    Path png = folder.resolve("a.png");
    PngFile.write(png, new Images(new float[] {-1, -1 + 1 / 127.5f}, 1, 2, 1), 0);
    ImageFolder pictures = ImageFolder.open(folder);
    assertTrue(pictures.notes().toString().contains(told), pictures.notes().toString());
    Files.writeString(png, "damaged");
    assertFalse(pictures.notes().toString().contains(told), "which ends no look at the notes");
    ones[3] = 2;
    assertEquals(List.of(), new ByteImages(1, 2, 1, 1, ones, new int[2], "", List.of()).notes());
  }

  private static void notPacked(Path npy, String parts) {
    Refusals.refused(() -> NpyImages.open(npy), parts.split("; "));
    String told = assertThrows(InputException.class, () -> NpyImages.open(npy)).getMessage();
    assertFalse(told.contains("./fdistill data"), told);
  }

  private Path float32(long[] shape, float... values) {
    Path npy = folder.resolve("a.npy");
    NpyFile.writeFloat32(npy, shape, values);
    return npy;
  }
}
