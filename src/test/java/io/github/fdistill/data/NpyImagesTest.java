package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Layout;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files in pictures/ are NumPy's own; make_pictures.py beside them made them. */
class NpyImagesTest {
  private static final Path PICTURES = Path.of("src/test/resources/pictures");

  @TempDir Path folder;

  @Test
  void float32IsTakenAsItIs() {
    Path npy = float32(new long[] {2, 1, 2, 1}, -1, 0.25f, -1.5f, 1.5f);
    NpyImages images = NpyImages.open(npy);
    assertEquals(2, images.size());
    assertEquals(1, images.height());
    assertEquals(2, images.width());
    assertEquals(1, images.channels());
    assertEquals(1, images.classes());
    assertEquals(0, images.label(1));
    assertArrayEquals(new float[] {-1, 0.25f, -1.5f, 1.5f}, values(images));
  }

  /** NumPy's float16: its numbers here are exact. */
  @Test
  void float16IsTakenAsItIs() throws IOException {
    ByteBuffer halves = ByteBuffer.allocate(128 + 8).order(ByteOrder.LITTLE_ENDIAN);
    String text = "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2, 2, 1), }";
    halves.put(
        ("\u0093NUMPY\1\0\166\0" + text + " ".repeat(117 - text.length()) + "\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    for (int bits : new int[] {0xbc00, 0x3400, 0xbe00, 0x1400}) {
      halves.putShort((short) bits);
    }
    Files.write(folder.resolve("a.npy"), halves.array());
    NpyImages images = NpyImages.open(folder.resolve("a.npy"));
    assertArrayEquals(new float[] {-1, 0.25f, -1.5f, 0x1p-10f}, values(images));
  }

  /** Those of a network's autoencoder: beyond what pictures have, and with the channels first. */
  @Test
  void latentsMayLieAnywhereWithTheChannelsFirst() {
    float[] values = new float[4 * 5 * 6];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    NpyImages images = NpyImages.open(float32(new long[] {1, 4, 5, 6}, values));
    assertEquals(List.of(5, 6, 4), List.of(images.height(), images.width(), images.channels()));
    float[] found = values(images);
    for (int i = 0; i < values.length; i++) {
      assertEquals(values[i % 4 * 30 + i / 4], found[i]);
    }
    NpyImages sure = NpyImages.open(float32(new long[] {1, 2, 2, 4}, new float[16]));
    assertEquals(4, sure.channels(), "from 0 to 1 too, which of pictures are other units");
  }

  /** Of each shape of latents the channels first or last, by one rule; or it is to be told. */
  @ParameterizedTest
  @CsvSource({
    "16,32,32,first",
    "32,32,16,last",
    "4,8,8,first",
    "8,8,4,last",
    "64,32,32,first",
    "8,8,16,last",
    "4,5,6,first",
    "5,6,4,last",
    "16,8,12,refused",
    "8,8,8,refused",
    "4,4,4,refused",
    "4,6,4,refused",
    "1,1,5,last",
    "2,2,3,last"
  })
  void whereTheChannelsOfLatentsAre(int a, int b, int c, String where) {
    float[] values = new float[2 * a * b * c];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) i / values.length - 0.5f;
    }
    Path npy = float32(new long[] {2, a, b, c}, values);
    if (where.equals("refused")) {
      String told = assertThrows(InputException.class, () -> NpyImages.open(npy)).getMessage();
      assertTrue(told.contains("layout: NHWC") && told.contains("--layout NHWC"), told);
    } else {
      assertEquals(where.equals("first") ? a : c, NpyImages.open(npy).channels());
    }
    for (Layout layout : Layout.values()) {
      NpyImages images = NpyImages.open(npy, laidOut(layout));
      boolean first = layout == Layout.NCHW;
      assertEquals(first ? a : c, images.channels());
      float[] found = new float[images.valuesPerImage()];
      images.copy(1, found, 0);
      assertEquals(values[a * b * c + (first && a > 1 ? b * c : 1)], found[1]);
    }
    NpyImages last = NpyImages.open(npy, laidOut(Layout.NHWC));
    assertNotEquals(last.fingerprint(), NpyImages.open(npy, laidOut(Layout.NCHW)).fingerprint());
    if (where.equals("first")) {
      assertNotEquals(NpyImages.open(npy).identity(), last.identity());
    }
  }

  private static PictureReading laidOut(Layout layout) {
    return new PictureReading(
        Optional.empty(), false, false, Optional.empty(), Optional.of(layout), Optional.empty());
  }

  @Test
  void uint8BecomesDataUnits() {
    Path npy = folder.resolve("a.npy");
    byte[] levels = {0, 51, (byte) 204, (byte) 255};
    NpyFile.writeUint8(npy, new long[] {1, 2, 2}, out -> out.write(levels));
    NpyImages images = NpyImages.open(npy);
    assertEquals(1, images.channels());
    assertArrayEquals(new float[] {-1, -0.6f, 0.6f, 1}, values(images), 1e-6f);
    assertEquals(1, NpyImages.open(npy, laidOut(Layout.NHWC)).channels());
    Refusals.refused(
        () -> NpyImages.open(npy, laidOut(Layout.NCHW)), "a.npy: [N,H,W]", "leave the layout out");
  }

  @Test
  void numpysFilesHoldThePictureTheyWereMadeFrom() {
    float[] colour = values(NpyImages.open(PICTURES.resolve("colour.npy")));
    assertArrayEquals(colour, values(NpyImages.open(PICTURES.resolve("array-float32.npy"))));
    assertArrayEquals(colour, values(NpyImages.open(PICTURES.resolve("array-big-endian.npy"))));
    assertArrayEquals(colour, values(NpyImages.open(PICTURES.resolve("array-float64.npy"))));
    PictureReading convert = new PictureReading(Optional.empty(), true, false);
    assertArrayEquals(
        colour, values(NpyImages.open(PICTURES.resolve("array-fortran.npy"), convert)));
    NpyImages grey = NpyImages.open(PICTURES.resolve("array-version-2.npy"));
    assertEquals(1, grey.channels());
    assertArrayEquals(values(NpyImages.open(PICTURES.resolve("grey.npy"))), values(grey));
  }

  /** Elsewhere a file with a hole takes the room of a whole one. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void theLastImageOfAFileLongerThanAnIntIsFound() throws IOException {
    Path npy = folder.resolve("a.npy");
    long images = 6_000_000_000L / 1200;
    NpyFile.writeUint8(npy, new long[] {images, 20, 20, 3}, out -> {});
    byte[] last = new byte[1200];
    Arrays.fill(last, (byte) 255);
    try (FileChannel file = FileChannel.open(npy, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(last), 128 + (images - 1) * 1200);
    }
    NpyImages source = NpyImages.open(npy);
    float[] two = new float[2 * 1200];
    source.copy(images - 2, two, 0);
    source.copy(images - 1, two, 1200);
    for (int i = 0; i < two.length; i++) {
      assertEquals(i < 1200 ? -1 : 1, two[i]);
    }
  }

  @Test
  void aFileThatIsCutShortInUseIsToldOf() throws IOException {
    Path npy = float32(new long[] {2, 1, 2, 1}, -1, 1, -1, 1);
    NpyImages images = NpyImages.open(npy);
    try (FileChannel file = FileChannel.open(npy, StandardOpenOption.WRITE)) {
      file.truncate(140);
    }
    images.copy(0, new float[2], 0);
    Refusals.refused(() -> images.copy(1, new float[2], 0), "a.npy: has been cut short");
  }

  @Test
  void theFingerprintIsTheFiles() throws IOException {
    Path npy = float32(new long[] {1, 1, 2, 1}, -1, 1);
    assertEquals(Sha256.of(npy), NpyImages.open(npy).fingerprint());
  }

  @Test
  void labelsBesideTheImagesAreTheirs() throws IOException {
    Path npy = float32(new long[] {3, 1, 1, 1}, -1, 0, 1);
    String alone = NpyImages.open(npy).fingerprint();
    NpyFile.writeInt32(folder.resolve("a.labels.npy"), new int[] {2, 0, 4});
    NpyImages images = NpyImages.open(npy);
    assertEquals(5, images.classes());
    assertArrayEquals(new int[] {2, 0, 4}, IntStream.range(0, 3).map(images::label).toArray());
    String sums = Sha256.of(npy) + "  a.npy\n";
    sums += Sha256.of(folder.resolve("a.labels.npy")) + "  a.labels.npy\n";
    assertEquals(Sha256.ofText(sums), images.fingerprint());
    assertNotEquals(alone, images.fingerprint());
    labels("<i8", 3, 1L, 3L, 0L);
    assertEquals(4, NpyImages.open(npy).classes());
    assertEquals(3, NpyImages.open(npy).label(1));
    labels("<i8", 3, -1L, -1L, -1L);
    assertEquals(1, NpyImages.open(npy).classes());
    assertEquals(0, NpyImages.open(npy).label(1));
    assertEquals(alone, NpyImages.open(npy).fingerprint());
  }

  @Test
  void labelsThatAreNoneOfTheseImagesAreRefused() throws IOException {
    Path npy = float32(new long[] {3, 1, 1, 1}, -1, 0, 1);
    labels("<i8", 3, 1L, -1L, 0L);
    Refusals.refused(() -> NpyImages.open(npy), "a.labels.npy[1]: the label -1", "from 0 on");
    labels("<i8", 3, -1L, 1L, 0L);
    Refusals.refused(() -> NpyImages.open(npy), "a.labels.npy[0]: the label -1", "all labels are");
    labels("<i8", 3, 1L, 1L << 40, 0L);
    Refusals.refused(() -> NpyImages.open(npy), "a.labels.npy[1]: the label 1099511627776");
    labels("<i8", 2, 1L, 0L);
    Refusals.refused(() -> NpyImages.open(npy), "a.labels.npy: shape [2]", "[3], a label for each");
    labels("<i8", 3, 1L, 0L);
    Refusals.refused(() -> NpyImages.open(npy), "a.labels.npy: cut short", "3 labels");
    labels("<f8", 3, 1L, 0L, 0L); // 1L is a tiny number.
    Refusals.refused(() -> NpyImages.open(npy), "a.labels.npy[0]: the label 4.9E-324", "from 0 on");
    labels("<c8", 3, 1L, 0L, 0L);
    Refusals.refused(() -> NpyImages.open(npy), "a.labels.npy: numbers of type '<c8'");
  }

  /** Writes labels as NumPy's int64; type and count in the header are what is said. */
  private void labels(String type, int count, long... labels) throws IOException {
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + count + ",), }";
    byte[] head =
        ("\u0093NUMPY\1\0\166\0" + text + " ".repeat(117 - text.length()) + "\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer file = ByteBuffer.allocate(128 + 8 * labels.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(head);
    for (long label : labels) {
      file.putLong(label);
    }
    Files.write(folder.resolve("a.labels.npy"), file.array());
  }

  /** One that is older, or of another file, says nothing of it. */
  @Test
  void theFingerprintIsTakenFromAFileBesideThatIsNotOlder() throws IOException {
    Path npy = float32(new long[] {1, 1, 2, 1}, -1, 1);
    String said = "5".repeat(64);
    Path beside = Files.writeString(folder.resolve("a.npy.sha256"), said + "  a.npy\n");
    FileTime changed = Files.getLastModifiedTime(npy);
    Files.setLastModifiedTime(beside, changed);
    assertEquals(said, NpyImages.open(npy).fingerprint());
    Files.setLastModifiedTime(beside, FileTime.fromMillis(changed.toMillis() - 10_000));
    assertEquals(Sha256.of(npy), NpyImages.open(npy).fingerprint());
    Files.writeString(beside, said + "  b.npy\n");
    assertEquals(Sha256.of(npy), NpyImages.open(npy).fingerprint());
    Files.writeString(beside, "no sum\n");
    Refusals.refused(() -> NpyImages.open(npy).fingerprint(), "a.npy.sha256:1", "not a checksum");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "array-fortran.npy    | values in Fortran order     | --convert --out ",
        "array-int64.npy      | numbers of type '<i8'       | --levels 0..255 --out ",
        "array-structured.npy | numbers of type '[('a', '<  | one array of plain numbers",
        "array.npz            | a zip archive, as .npz is   | let its name end in .npz",
        "grey.png             | not a .npy file             | choose another",
      })
  void anotherFormatIsRefusedWithARemedy(String name, String found, String remedy) {
    Refusals.refused(() -> NpyImages.open(PICTURES.resolve(name)), name + ": ", found, remedy);
    PictureReading pictures = new PictureReading(Background.parse("", "white"), false, true);
    Refusals.refused(() -> NpyImages.open(PICTURES.resolve(name), pictures), found, remedy);
  }

  @Test
  void aFileOfTheWrongLengthIsRefused() throws IOException {
    Path npy = float32(new long[] {2, 1, 2, 1}, -1, 1, -1, 1);
    byte[] whole = Files.readAllBytes(npy);
    for (int length = 0; length < whole.length; length++) {
      Files.write(npy, Arrays.copyOf(whole, length));
      Refusals.refused(() -> NpyImages.open(npy), "a.npy: ");
    }
    Refusals.refused(
        () -> NpyImages.open(npy),
        "cut short: 15 bytes of values",
        "2 times 8 for shape [2,1,2,1]");
    Files.write(npy, Arrays.copyOf(whole, whole.length + 1));
    Refusals.refused(() -> NpyImages.open(npy), "too long: 17 bytes of values");
    Files.write(npy, Arrays.copyOf(whole, 60));
    Refusals.refused(() -> NpyImages.open(npy), "cut short or damaged: 50 bytes of header");
  }

  @Test
  void aNewerVersionIsRefused() throws IOException {
    Path npy = float32(new long[] {1, 1, 2, 1}, -1, 1);
    byte[] bytes = Files.readAllBytes(npy);
    bytes[6] = 4;
    Files.write(npy, bytes);
    Refusals.refused(() -> NpyImages.open(npy), "version 4 of the format", "1.0 to 3.0");
    byte[] second = Files.readAllBytes(PICTURES.resolve("array-version-2.npy"));
    second[6] = 3; // Which names of several numbers together are in UTF-8, and no more.
    assertEquals(1, NpyImages.open(Files.write(npy, second)).size());
  }

  @Test
  void theShapeMustBeThatOfImages() throws IOException {
    shapeRefused("(16, 16, 3)", "shape [16,16,3], one picture in colour", "array[None]");
    shapeRefused("(16, 5, 4)", "one picture in colour", "4 pixels wide");
    shapeRefused("(4, 4)", "shape [4,4]", "[N,H,W,C]", "reshape");
    shapeRefused("(2, 3, 32, 32)", "cut short: 16 bytes");
    shapeRefused("(0, 2, 2, 1)", "shape [0,2,2,1]", "at least 1");
    shapeRefused("(2, 0, 2, 1)", "shape [2,0,2,1]");
    shapeRefused("(1, 65536, 65536, 3)", "shape [1,65536,65536,3]", "values in an image");
    shapeRefused("(2, 3, 6148914691236517206, 1)", "values in an image"); // 2^64 + 2 wraps to 2.
    shapeRefused("(1, 1, 2, 99999999999999999999)", "99999999999999999999");
    shapeRefused("(9223372036854775807, 2, 2, 1)", "cut short: 16 bytes");
  }

  private void shapeRefused(String shape, String... parts) throws IOException {
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    String padded = text + " ".repeat(117 - text.length()) + "\n";
    byte[] head = ("\u0093NUMPY\1\0\166\0" + padded).getBytes(StandardCharsets.ISO_8859_1);
    Path npy = Files.write(folder.resolve("a.npy"), Arrays.copyOf(head, head.length + 16));
    Refusals.refused(() -> NpyImages.open(npy), parts);
  }

  @Test
  void aValueThatIsNoNumberIsRefusedByItsIndex() {
    float[] values = new float[2 * 2 * 3 * 3];
    Arrays.fill(values, -1);
    values[((1 * 2 + 1) * 3 + 2) * 3 + 1] = Float.NaN;
    Path nan = float32(new long[] {2, 2, 3, 3}, values);
    Refusals.refused(() -> NpyImages.open(nan), "a.npy[1,1,2,1]: NaN", "a model that diverged");
    values[0] = Float.NEGATIVE_INFINITY;
    Path infinite = float32(new long[] {2, 2, 3, 3}, values);
    Refusals.refused(() -> NpyImages.open(infinite), "a.npy[0,0,0,0]: -Infinity");
    PictureReading said = PictureReading.STRICT.of(new LevelRange(0, 255));
    Refusals.refused(() -> NpyImages.open(infinite, said), "a.npy[0,0,0,0]: -Infinity");
    values[0] = 0;
    Path again = float32(new long[] {2, 2, 3, 3}, values);
    Refusals.refused(() -> NpyImages.open(again, said), "a.npy[1,1,2,1]: NaN");
  }

  private Path float32(long[] shape, float... values) {
    Path npy = folder.resolve("a.npy");
    NpyFile.writeFloat32(npy, shape, values);
    return npy;
  }

  private static float[] values(ImageSource images) {
    int length = images.valuesPerImage();
    float[] values = new float[(int) images.size() * length];
    for (int i = 0; i < images.size(); i++) {
      images.copy(i, values, i * length);
    }
    return values;
  }
}
