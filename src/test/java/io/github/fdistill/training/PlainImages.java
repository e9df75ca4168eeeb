package io.github.fdistill.training;

import io.github.fdistill.data.ImageSource;
import java.util.Arrays;

/** Grey images of one value each: image i has class i mod classes, and that class's shade. */
record PlainImages(long size, int height, int width, int classes) implements ImageSource {

  @Override
  public int channels() {
    return 1;
  }

  @Override
  public int label(long index) {
    return (int) (index % classes);
  }

  /** From -0.6 for class 0 to 0.6 for the last. */
  static float shade(int label, int classes) {
    return classes == 1 ? 0 : 1.2f * label / (classes - 1) - 0.6f;
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    Arrays.fill(into, offset, offset + valuesPerImage(), shade(label(index), classes));
  }

  @Override
  public String fingerprint() {
    return "plain";
  }
}
