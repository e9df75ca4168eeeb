package io.github.fdistill.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.SamplingConfig;
import io.github.fdistill.data.ImageFolder;
import io.github.fdistill.data.NpyImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

/** Samples in an array are what its readers take them for. */
class SampleOutputTest {
  private static final SampleGrid GRID =
      new SampleGrid(new long[] {7, 8}, ConditionRows.ofLabels(2, 0));

  @TempDir Path folder;

  private Path written(Shape image, SampleGrid grid, float... values) throws IOException {
    Path npy = folder.resolve("samples.npy");
    SampleOutput.NPY.write(npy, new Samples(values, image), grid, new ClassNames(List.of()), 3);
    return npy;
  }

  @Test
  void imagesLieBetweenBlackAndWhiteAndHaveTheirLabelsBeside() throws IOException {
    float nan = Float.NaN;
    Path npy = written(Shape.of(2, 1, 1), GRID, -2.91f, 0.5f, 3.96f, -1, 1, 0, -1.5f, 0.25f);
    NpyImages read = NpyImages.open(npy);
    float[] values = new float[8];
    int[] labels = new int[4];
    for (int i = 0; i < 4; i++) {
      read.copy(i, values, 2 * i);
      labels[i] = read.label(i);
    }
    assertArrayEquals(new float[] {-1, 0.5f, 1, -1, 1, 0, -1, 0.25f}, values);
    assertArrayEquals(new int[] {2, 2, 0, 0}, labels, "a row of the grid for each class");
    Samples none = new Samples(new float[] {nan, 2}, Shape.of(2, 1, 1));
    assertArrayEquals(new float[] {nan, 1}, none.inRange().values(), "what is no number shows");
    float[] three = {0, nan, 1, -1, Float.NEGATIVE_INFINITY, nan};
    assertEquals(2, new Samples(three, Shape.of(2, 1, 1)).broken(), "images, not values");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a.bmp"})
  void whatIsNoNameIsRefused(String out) {
    InputException e =
        assertThrows(InputException.class, () -> SampleOutput.of(out, folder.resolve(out)));
    assertTrue(e.getMessage().contains("a name that ends in .png"), e.getMessage());
  }

  @Test
  void numbersOutOfBoundsAreNoSampling() {
    for (int steps : new int[] {-1, Sampling.MOST_STEPS + 1}) {
      assertThrows(InputException.class, () -> new Sampling(steps, 1, Precision.FLOAT32));
    }
    for (double guidance : new double[] {-1, Double.NaN, Sampling.MOST_GUIDANCE + 1}) {
      SamplingConfig asked = SamplingConfig.newBuilder().setGuidance(guidance).build();
      assertThrows(InputException.class, () -> Sampling.of(asked));
    }
    assertThrows(
        InputException.class, () -> new Sampling(0, Double.POSITIVE_INFINITY, Precision.FLOAT32));
    double ofRun = Sampling.MOST_GUIDANCE + 1;
    assertEquals(ofRun, new Sampling(0, ofRun, Precision.FLOAT32).guidance(), "a run may have it");
  }

  /** Of several workers one writes, and the others may be where nothing can be written. */
  @Test
  void whetherAPlaceIsWritableIsAskedByItself() throws IOException {
    Path inTheWay = Files.createFile(folder.resolve("file"));
    for (String name : List.of("a.png", "a.npy", "a/")) {
      SampleOutput output = SampleOutput.of(name, inTheWay.resolve(name));
      assertThrows(
          InputException.class, () -> output.requireWritable(inTheWay.resolve(name)), name);
    }
    Files.createFile(folder.resolve("a.labels.npy"));
    assertThrows(
        InputException.class, () -> SampleOutput.NPY.requireWritable(folder.resolve("a.npy")));
  }

  @Test
  void pointsLieWhereTheyLieAndWhatHasNoClassesHasNoLabels() throws IOException {
    SampleGrid plain = new SampleGrid(new long[] {7}, ConditionRows.none(1));
    for (String of : List.of("labels.npy", "captions.jsonl", "classes.txt", "npy.sha256")) {
      Files.write(folder.resolve("samples." + of), new byte[] {1});
    }
    Path npy = written(Shape.of(1, 1, 2), plain, 4, -3);
    assertEquals(List.of(npy), there(), "nothing of other images");
    byte[] bytes = Files.readAllBytes(npy);
    assertEquals(64 + 64 + 8, bytes.length);
    float[] values = new float[2];
    java.nio.ByteBuffer.wrap(bytes, 128, 8)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    assertArrayEquals(new float[] {4, -3}, values);
  }

  /** It would be one class more than the model has, which no other set knows. */
  @Test
  void whatIsOfNoClassIsReadBackWithoutALabel() throws IOException {
    ClassNames unnamed = new ClassNames(List.of());
    Samples four = new Samples(new float[4], Shape.of(1, 1, 1));
    Path pictures = folder.resolve("pictures");
    SampleOutput.FOLDER.write(pictures, four, GRID, unnamed, 2);
    assertEquals(1, ImageFolder.open(pictures).classes());
    Path npy = folder.resolve("samples.npy");
    SampleOutput.NPY.write(npy, four, GRID, unnamed, 2);
    assertEquals(List.of(pictures, npy), there());
  }

  /** Four pictures of which the last cannot be written, and an array that cannot. */
  @Test
  void whatCannotBeWrittenLeavesWhatWasThere() throws IOException {
    ClassNames unnamed = new ClassNames(List.of());
    Samples four = new Samples(new float[4], Shape.of(1, 1, 1));
    Path taken = Files.createDirectory(folder.resolve("class-0-seed-8.png"));
    Path other = Files.createFile(folder.resolve("class-1-seed-1.png"));
    InputException refused =
        assertThrows(
            InputException.class, () -> SampleOutput.FOLDER.write(folder, four, GRID, unnamed, 3));
    assertTrue(refused.getMessage().contains(taken.toString()), refused.getMessage());
    assertEquals(List.of(taken, other), there());
    Files.delete(taken);
    SampleOutput.FOLDER.write(folder, four, GRID, unnamed, 3);
    assertEquals(5, there().size(), "beside the other");
    Path npy = Files.createDirectory(folder.resolve("samples.npy"));
    Path labels = Files.writeString(folder.resolve("samples.labels.npy"), "old");
    assertThrows(InputException.class, () -> SampleOutput.NPY.write(npy, four, GRID, unnamed, 3));
    assertEquals("old", Files.readString(labels));
    assertEquals(7, there().size());
  }

  private List<Path> there() throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      return left.sorted().toList();
    }
  }

  /** Those of all would not fit into one array: 60,000 rows of 50,000 numbers. */
  @Test
  void conditionsOfSomeImagesAreMadeOfTheseAlone() {
    float[] values = new float[2 * 50_000];
    values[values.length - 1] = 7;
    ConditionRows.Column wide = new ConditionRows.Floats(Shape.of(50_000), values);
    ConditionRows rows = new ConditionRows(2, java.util.Map.of("context", wide));
    SampleGrid grid = new SampleGrid(new long[30_000], rows);
    ConditionRows.Column some = grid.conditionOfEach(29_999, 30_001).columns().get("context");
    assertEquals(0, some.number(49_999));
    assertEquals(7, some.number(99_999), "the second row's first image");
    assertEquals(100_000, some.length());
  }

  @Test
  void picturesOfTextsAreNumberedHoweverTheTextsAreTold() {
    ConditionRows.Column context = new ConditionRows.Floats(Shape.of(2, 1), new float[4]);
    ConditionRows rows = new ConditionRows(2, java.util.Map.of("context", context));
    assertEquals(
        List.of("prompt-1-seed-7.png", "prompt-2-seed-7.png"),
        SampleOutput.fileNames(new SampleGrid(new long[] {7}, rows), new ClassNames(List.of()), 0));
    ClassNames names = new ClassNames(List.of("cat", "dog"));
    assertEquals( // One prompt of each class.
        List.of("class-1-dog-prompt-1-seed-7.png", "class-0-cat-prompt-1-seed-7.png"),
        SampleOutput.fileNames(
            new SampleGrid(new long[] {7}, rows.with(ConditionRows.ofLabels(1, 0))), names, 2));
    assertEquals( // Two prompts of one class.
        List.of("class-1-dog-prompt-1-seed-7.png", "class-1-dog-prompt-2-seed-7.png"),
        SampleOutput.fileNames(
            new SampleGrid(new long[] {7}, rows.with(ConditionRows.ofLabels(1, 1))), names, 2));
    assertEquals( // A label beyond the classes is that of no class.
        List.of("class-none-seed-7.png", "class-none-seed-8.png", "class-0-cat-seed-7.png"),
        SampleOutput.fileNames(GRID, names, 2).subList(0, 3));
  }
}
