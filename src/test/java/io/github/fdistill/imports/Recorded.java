package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * A tiny network of random weights, as the published code saves it, and what that code gave for
 * some inputs.
 *
 * @param weights its file
 * @param arrays inputs and outputs
 */
record Recorded(Path weights, Npz arrays) {
  private static final String FOLDER = "src/test/resources/io/github/fdistill/imports/";

  /**
   * @param file of the weights; one that ends in .gz is unpacked
   * @param scratch a folder for it
   */
  static Recorded of(String file, Path scratch) {
    Path folder = folder();
    Npz arrays = new Npz(folder.resolve(file.substring(0, file.indexOf('.')) + ".npz"));
    Path weights = folder.resolve(file);
    if (!file.endsWith(".gz")) {
      return new Recorded(weights, arrays);
    }
    Path unpacked = scratch.resolve(file.substring(0, file.length() - 3));
    try (InputStream in = new GZIPInputStream(Files.newInputStream(weights))) {
      Files.copy(in, unpacked);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Recorded(unpacked, arrays);
  }

  /** Where they are: some of them here, all of them where a property says. */
  static Path folder() {
    return Path.of(System.getProperty("fdistill.recorded", FOLDER));
  }

  /** The class of each row, K where there is none; null of a network without classes. */
  int[] labels(int classes) {
    if (!arrays.has("class_index")) {
      return null;
    }
    float[] index = arrays.floats("class_index");
    int[] labels = new int[index.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = index[i] < 0 ? classes : (int) index[i];
    }
    return labels;
  }

  /** Refuses differences larger than a share of the largest number that is expected. */
  static void assertClose(String what, float[] expected, float[] found, double share) {
    assertEquals(expected.length, found.length, what);
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(expected[i] - found[i]));
      if (Float.isNaN(found[i])) {
        worst = Double.NaN;
      }
    }
    if (!(worst <= share * largest)) {
      throw new AssertionError(what + ": " + worst / largest + " of " + largest);
    }
  }
}
