package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What files say of each image beside its class goes with the image, wherever it goes. */
class ImagesByRowTest {
  private static final int COUNT = 7;

  @TempDir Path folder;

  /** Image i has the level (i - 3) / 10 everywhere. */
  private ImageSource images() {
    float[] levels = new float[COUNT * 4];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (i / 4 - 3) / 10f;
    }
    NpyFile.writeFloat32(folder.resolve("images.npy"), new long[] {COUNT, 2, 2, 1}, levels);
    return ImageSources.open(folder.resolve("images.npy"), Split.TRAIN);
  }

  /** Row i is i, i + 0.25, i + 0.5, ... */
  private Path floats(String name, int rows, int... each) {
    int size = java.util.Arrays.stream(each).reduce(1, (a, b) -> a * b);
    float[] values = new float[rows * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / size + 0.25f * (i % size);
    }
    long[] shape = new long[each.length + 1];
    shape[0] = rows;
    for (int i = 0; i < each.length; i++) {
      shape[i + 1] = each[i];
    }
    NpyFile.writeFloat32(folder.resolve(name), shape, values);
    return folder.resolve(name);
  }

  private Path wholes(String name, int... labels) {
    NpyFile.writeLabels(folder.resolve("of.npy"), labels);
    return folder.resolve("of.labels.npy");
  }

  private ImageSource with(Object... namesAndFiles) {
    Map<String, NpyRows> rows = new LinkedHashMap<>();
    for (int i = 0; i < namesAndFiles.length; i += 2) {
      rows.put((String) namesAndFiles[i], NpyRows.open((Path) namesAndFiles[i + 1]));
    }
    return new ImagesByRow(images(), rows);
  }

  private static float[] floats(ConditionRows rows, String name) {
    return ((ConditionRows.Floats) rows.columns().get(name)).values();
  }

  @Test
  void theRowOfAnImageGoesWithItIntoBatches() throws Exception {
    ImageSource images =
        new Mirrored(
            with(
                "words",
                floats("w.npy", COUNT + 1, 2, 3),
                "kind",
                wholes("k", 5, 6, 7, 8, 9, 10, 11)));
    assertEquals(
        "label [N] int32, words [N,2,3] float32, kind [N] int32", images.conditioning().toString());
    Batches batches = new Batches(images, 10, 3);
    for (int step = 0; step < 4; step++) {
      Batch batch = batches.at(step);
      float[] words = floats(batch.conditions(), "words");
      int[] kinds = ((ConditionRows.Ints) batch.conditions().columns().get("kind")).values();
      for (int row = 0; row < 10; row++) {
        int image = 3 + Math.round(10 * batch.images()[4 * row]);
        assertEquals(image, words[6 * row]);
        assertEquals(image + 1.25f, words[6 * row + 5]);
        assertEquals(image + 5, kinds[row]);
      }
    }
  }

  @Test
  void examplesAreOfImages() {
    ConditionRows some = with("words", floats("w.npy", COUNT, 2)).examples();
    assertEquals(COUNT, some.count());
    assertArrayEquals(
        new float[] {0, 0.25f, 1, 1.25f, 2, 2.25f},
        java.util.Arrays.copyOf(floats(some, "words"), 6));
  }

  /** Another row is another dataset; the same rows elsewhere are the same. */
  @Test
  void rowsAreAPartOfTheFingerprint() throws IOException {
    String first = with("words", floats("w.npy", COUNT, 2)).fingerprint();
    Files.copy(folder.resolve("w.npy"), folder.resolve("same.npy"));
    assertEquals(first, with("words", folder.resolve("same.npy")).fingerprint());
    assertNotEquals(first, with("words", floats("w.npy", COUNT, 3)).fingerprint());
    assertNotEquals(first, with("other", floats("w.npy", COUNT, 2)).fingerprint());
    assertNotEquals(first, images().fingerprint());
    ImageSource open = with("words", floats("w.npy", COUNT, 2));
    assertEquals(first, open.fingerprint());
    floats("w.npy", COUNT, 3);
    assertEquals(first, open.fingerprint(), "of a large file it is found out once");
  }

  private static void refused(org.junit.jupiter.api.function.Executable what, String... parts) {
    String message = assertThrows(InputException.class, what).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  @Test
  void rowsThatAreNotTheImagesAreRefused() throws IOException {
    refused(() -> with("words", floats("w.npy", COUNT - 1, 2)), "6 rows", "7, one for each image");
    refused(() -> with("words", floats("w.npy", COUNT + 2, 2)), "9 rows", "one more, for none");
    refused(() -> with("label", floats("w.npy", COUNT)), "'label'", "two of that name");
    refused(() -> with("words", floats("w.npy", 0, 2)), "[0,2]", "a row, or more");
    Path short1 = floats("short.npy", COUNT, 2);
    byte[] bytes = Files.readAllBytes(short1);
    Files.write(short1, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    refused(() -> with("words", short1), "as many numbers as its header says");
    float[] some = new float[COUNT];
    some[3] = Float.NaN;
    NpyFile.writeFloat32(folder.resolve("nan.npy"), new long[] {COUNT}, some);
    ImageSource images = with("words", folder.resolve("nan.npy"));
    refused(images::check, "nan.npy, row 3", "NaN", "finite");
  }

  /** What is read once, or refused, is not held until the garbage collector comes. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFileThatNothingMoreIsReadOfIsClosed() throws IOException {
    Path good = floats("w.npy", COUNT, 2);
    assertArrayEquals(new double[] {6, 6.25}, NpyRows.last(good));
    assertFalse(OpenFiles.has(good));
    Path refused = floats("none.npy", 0, 2);
    refused(() -> NpyRows.open(refused), "a row, or more");
    assertFalse(OpenFiles.has(refused));
    NpyRows rows = NpyRows.open(good);
    assertTrue(OpenFiles.has(good));
    assertEquals(COUNT, rows.count());
  }
}
