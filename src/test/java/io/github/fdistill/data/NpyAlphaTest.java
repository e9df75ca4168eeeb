package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.fdistill.config.Layout;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyAlphaTest {
  @TempDir Path folder;

  /** Of four channels red, green, blue and alpha, of two grey and alpha: none are latents. */
  @Test
  void bytesWithAlphaArePicturesAndNoLatents() {
    byte[] levels = {0, 51, 102, -1, 102, 51, 0, -1};
    Path npy = bytes(new long[] {1, 1, 2, 4}, levels);
    float[] dropped = {-1, -0.6f, -0.2f, -0.2f, -0.6f, -1};
    assertArrayEquals(dropped, values(NpyImages.open(npy)), 1e-6f);
    assertEquals(3, NpyImages.open(npy).channels());
    levels[3] = 0;
    bytes(new long[] {1, 1, 2, 4}, levels);
    Refusals.refused(
        () -> NpyImages.open(npy), "a.npy: transparent pictures", "--background white --out ");
    NpyImages laid = NpyImages.open(npy, on("white"));
    assertArrayEquals(new float[] {1, 1, 1, -0.2f, -0.6f, -1}, values(laid), 1e-6f);
    assertNotEquals(laid.identity(), NpyImages.open(npy, on("black")).identity());
    bytes(new long[] {1, 1, 2, 2}, (byte) 51, (byte) 0, (byte) 102, (byte) -1);
    assertArrayEquals(new float[] {-1, -0.2f}, values(NpyImages.open(npy, on("black"))), 1e-6f);
    assertArrayEquals(
        new float[] {1, -1, -1, -0.2f, -0.2f, -0.2f},
        values(NpyImages.open(npy, on("#ff0000"))),
        1e-6f);
    bytes(new long[] {1, 4, 1, 2}, new byte[8]);
    Optional<Layout> told = Optional.of(Layout.NCHW);
    PictureReading first =
        new PictureReading(
            Optional.empty(), false, false, Optional.empty(), told, Optional.empty());
    Refusals.refused(() -> NpyImages.open(npy, first), "transparent pictures");
  }

  private static PictureReading on(String colour) {
    return new PictureReading(Background.parse("", colour), false, false);
  }

  private Path bytes(long[] shape, byte... levels) {
    Path npy = folder.resolve("a.npy");
    NpyFile.writeUint8(npy, shape, out -> out.write(levels));
    return npy;
  }

  private static float[] values(ImageSource images) {
    float[] values = new float[images.valuesPerImage()];
    images.copy(0, values, 0);
    return values;
  }
}
