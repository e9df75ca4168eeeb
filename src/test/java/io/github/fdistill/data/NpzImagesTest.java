package io.github.fdistill.data;

import static io.github.fdistill.data.MadeNpz.array;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzImagesTest {
  @TempDir Path folder;

  private Path npz(MadeNpz.Array... arrays) throws IOException {
    return MadeNpz.write(folder.resolve("mine.npz"), arrays);
  }

  private static ImageSource train(Path npz) {
    return ImageSources.open(npz, Split.TRAIN);
  }

  private static int[] labels(ImageSource images) {
    return IntStream.range(0, (int) images.size()).map(images::label).toArray();
  }

  @Test
  void arraysOfANpzAreTakenByTheirShapes() throws IOException {
    Path npz =
        npz(
            array("x_train.npy", "|u1", "(3, 1, 2, 1)", 0, 51, 204, 255, 0, 0),
            array("y_train.npy", "|u1", "(3, 1)", 2, 0, 1),
            array("x_test.npy", "|u1", "(1, 1, 2, 1)", 255, 255),
            array("y_test.npy", "|u1", "(1, 1)", 2));
    ImageSource images = train(npz);
    assertArrayEquals(new int[] {2, 0, 1}, labels(images));
    float[] values = new float[6];
    for (int i = 0; i < 3; i++) {
      images.copy(i, values, 2 * i);
    }
    assertArrayEquals(new float[] {-1, -0.6f, 0.6f, 1, -1, -1}, values, 1e-6f);
    assertEquals(1, ImageSources.open(npz, Split.TEST).size());
    assertTrue(ImageSources.hasParts(npz));
    Path three =
        npz(
            array("x_train.npy", "|u1", "(1, 1, 2, 1)", 0, 51),
            array("y_train.npy", "|u1", "(1,)", 0),
            array("x_val.npy", "|u1", "(1, 1, 2, 1)", 1, 1),
            array("y_val.npy", "|u1", "(1,)", 1),
            array("x_test.npy", "|u1", "(1, 1, 2, 1)", 2, 2),
            array("y_test.npy", "|u1", "(1,)", 2));
    assertArrayEquals(new int[] {0}, labels(train(three)));
    assertArrayEquals(new int[] {2}, labels(ImageSources.open(three, Split.TEST)));
    for (String name : List.of("values", "latest", "interval", "x_test")) {
      Path one =
          npz(
              array(name + ".npy", "|u1", "(1, 1, 2, 1)", 0, 51),
              array(name.equals("x_test") ? "y_test.npy" : "labels.npy", "|u1", "(1,)", 3));
      assertArrayEquals(new int[] {3}, labels(train(one)), name);
    }
    Path alone =
        npz(
            array("test_x.npy", "|u1", "(1, 1, 1, 2)", 0, 51),
            array("arr_1.npy", "|u1", "(1,)", 4));
    assertArrayEquals(new int[] {4}, labels(train(alone)), "of no part, and of the only images");
    assertTrue(ImageSources.hasTests(alone, PictureReading.STRICT), "alone, too");
    Path both =
        npz(
            array("XtrainSet.npy", "|u1", "(1, 1, 2, 1)", 0, 51),
            array("validationImages.npy", "|u1", "(2, 1, 2, 1)", 0, 51, 1, 1),
            array("intervals.npy", "|u1", "(1,)", 1));
    assertEquals(1, train(both).size());
    assertEquals(2, ImageSources.open(both, Split.TEST).size());
    Path two =
        npz(array("a.npy", "|u1", "(1, 1, 1, 1)", 0), array("b.npy", "|u1", "(1, 1, 1, 1)", 0));
    Refusals.refused(() -> train(two), "arrays a.npy [1,1,1,1], b.npy [1,1,1,1]", "one array");
    Path picture = npz(array("a.npy", "|u1", "(1, 5, 3)"), array("b.npy", "|u1", "(1,)", 0));
    Refusals.refused(() -> train(picture), "a.npy: shape [1,5,3], one picture", "array[None]");
  }

  @Test
  void whatIsNotWantedInANpzMayBeOfAnyKind() throws IOException {
    String rows = "[('shape', '<f4'), ('b', [('c', '<i4')], (2,))]";
    MadeNpz.Array images = array("x.npy", "|u1", "(1, 1, 2, 1)", 0, 51);
    MadeNpz.Array labels = array("c.npy", "|u1", "(1,)", 4);
    for (String type : List.of(rows, "|O", "<M8[s]")) {
      for (String name : List.of("rows.npy", "days.npy", "summary.npy", "key.npy")) {
        MadeNpz.Array more = array(name, type, "(1,)", 0);
        assertArrayEquals(new int[] {4}, labels(train(npz(images, labels, more))), type);
        assertEquals(1, train(npz(images, more)).classes(), name + " " + type);
      }
      for (String name : List.of("labels.npy", "y.npy", "y_train.npy", "train-Y.npy", "y2.npy")) {
        Path called = npz(images, array(name, type, "(1,)", 0));
        Refusals.refused(() -> train(called), name + ": numbers of type '" + type + "'");
      }
      Path wanted = npz(array("x.npy", type, "(1, 1, 2, 1)", 0), labels);
      Refusals.refused(() -> train(wanted), "x.npy: numbers of type '" + type + "'");
    }
  }

  /** Else images would have no classes, or as many as there are ids, and nobody be told. */
  @Test
  void labelsOfANpzAreTakenByTheirNames() throws IOException {
    MadeNpz.Array images = array("images.npy", "|u1", "(3, 1, 1, 1)", 0, 51, 204);
    MadeNpz.Array labels = array("labels.npy", "|u1", "(3,)", 2, 0, 1);
    for (String shape : List.of("(2,)", "(1, 3)", "(4,)")) {
      for (String name : List.of("labels", "y", "ytrain", "trainy", "trainset_targets")) {
        Path wrong = npz(images, array(name + ".npy", "|u1", shape, 2, 0, 1, 1));
        Refusals.refused(() -> train(wrong), name + ".npy: shape [", "[3], a label for each image");
      }
    }
    for (String name : List.of("ids", "quality", "text", "captions", "label_names")) {
      Path other = npz(images, array(name + ".npy", "|u1", "(3,)", 0, 1, 2));
      assertEquals(1, train(other).classes(), name);
      assertTrue(train(other).notes().get(0).startsWith("passed over: " + name), name);
      assertArrayEquals(
          new int[] {2, 0, 1},
          labels(train(npz(images, labels, array(name + ".npy", "|u1", "(3,)", 0, 0, 0)))));
    }
    assertEquals(List.of(), train(npz(images, labels)).notes());
    assertEquals(3, train(npz(images, array("mean.npy", "|u1", "(1, 5, 3)"))).size());
    for (String name : List.of("target_size", "label_map", "num_labels", "y_mean", "validity")) {
      MadeNpz.Array two = array(name + ".npy", "|u1", "(2,)", 9, 9);
      MadeNpz.Array classes = array("classes.npy", "|u1", "(3,)", 2, 0, 1);
      assertEquals(1, train(npz(images, two)).classes(), name);
      assertArrayEquals(new int[] {2, 0, 1}, labels(train(npz(images, two, classes))), name);
    }
    String perhaps = "arr_1 c classes category digit cls gt species ytr";
    for (String name : (perhaps + " y2 trainY my_targets class_name names").split(" ")) {
      Path called =
          name.contains("name")
              ? npz(images, array(name + ".npy", "|S1", "(3,)", 'c', 'a', 'b'))
              : npz(images, array(name + ".npy", "|u1", "(3,)", 2, 0, 1));
      assertArrayEquals(new int[] {2, 0, 1}, labels(train(called)), name);
    }
    Path files = npz(images, array("file_names.npy", "|S1", "(3,)", 'c', 'a', 'b'));
    assertEquals(1, train(files).classes(), "of files");
  }

  /** Else labels of other images are taken where there are as many, or whole images refused. */
  @Test
  void labelsOfAnotherPartAreNoLabelsWhereItHasImages() throws IOException {
    for (String count : List.of("(1,)", "(2,)")) {
      MadeNpz.Array more = array("y_val.npy", "|u1", count, new int[count.charAt(1) - '0']);
      Path parts =
          npz(
              array("x_train.npy", "|u1", "(1, 1, 1, 1)", 0),
              array("y_train.npy", "|u1", "(1,)", 0),
              array("x_val.npy", "|u1", "(2, 1, 1, 1)", 0, 0),
              more,
              array("x_test.npy", "|u1", "(1, 1, 1, 1)", 0));
      ImageSource test = ImageSources.open(parts, Split.TEST);
      assertTrue(test.notes().get(0).startsWith("passed over: x_val.npy, y_val.npy"), count);
      Path whole =
          npz(
              array("images.npy", "|u1", "(1, 1, 1, 1)", 0),
              array("dev_images.npy", "|u1", "(2, 1, 1, 1)", 0, 0),
              array("dev_labels.npy", "|u1", count, new int[] {3, 3}));
      assertEquals(1, train(whole).classes(), count);
    }
  }

  @Test
  void aWrongNumberOfLabelsOfAPartIsRefused() throws IOException {
    Path parts =
        npz(
            array("x_train.npy", "|u1", "(1, 1, 1, 1)", 0),
            array("y_train.npy", "|u1", "(2,)", 0, 1),
            array("x_val.npy", "|u1", "(1, 1, 1, 1)", 0),
            array("x_test.npy", "|u1", "(2, 1, 1, 1)", 0, 0),
            array("y_test.npy", "|u1", "(2,)", 0, 1));
    Refusals.refused(() -> train(parts), "y_train.npy: shape [2]", "[1], a label for each image");
    assertTrue(
        ImageSources.open(parts, Split.TEST).notes().toString().contains("passed over: x_val"));
  }

  @Test
  void arraysThatAreTooLargeForMemoryAreTakenOutWithTheirLabels() throws IOException {
    Files.createFile(folder.resolve("mine.labels.npy"));
    Path npz =
        npz(
            array("x y.npy", "|u1", "(2, 1, 2, 1)", 0, 51, 0, 51),
            array("y.npy", "|u1", "(2,)", 0, 1));
    Refusals.refused(
        () -> NpzImages.open(npz, Split.TRAIN, PictureReading.STRICT, 261),
        "with its labels",
        "unzip -p " + npz + " 'x y.npy' > " + folder.resolve("mine-2.npy") + " && ",
        "unzip -p " + npz + " y.npy > " + folder.resolve("mine-2.labels.npy"));
    NpzImages.open(npz, Split.TRAIN, PictureReading.STRICT, 262);
  }
}
