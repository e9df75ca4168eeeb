package io.github.fdistill.condition;

import io.github.fdistill.data.ImageSource;
import io.github.fdistill.network.ConditionedNetwork;
import java.util.SplittableRandom;

/** Images that a class and a vector of three numbers tell in full: image i is a function of i. */
record VectorImages(long size) implements ImageSource {
  private static final int SIDE = ConditionedNetwork.SIDE;

  @Override
  public int height() {
    return SIDE;
  }

  @Override
  public int width() {
    return SIDE;
  }

  @Override
  public int channels() {
    return 1;
  }

  @Override
  public int classes() {
    return ConditionedNetwork.CLASSES;
  }

  @Override
  public int label(long index) {
    return (int) (index % classes());
  }

  private static float[] vector(long index) {
    SplittableRandom random = new SplittableRandom(index);
    float[] vector = new float[3];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
    }
    return vector;
  }

  /** The only image of a condition, [SIDE * SIDE]. */
  static float[] image(int label, float... vector) {
    float[] image = new float[SIDE * SIDE];
    for (int i = 0; i < image.length; i++) {
      float upper = i / SIDE < SIDE / 2 ? 1 : -1;
      float left = i % SIDE < SIDE / 2 ? 1 : -1;
      image[i] = 0.4f * vector[0] + 0.2f * vector[1] * upper + 0.2f * vector[2] * left;
      image[i] += 0.1f * (label - 1);
    }
    return image;
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    float[] image = image(label(index), vector(index));
    System.arraycopy(image, 0, into, offset, image.length);
  }

  @Override
  public Conditioning conditioning() {
    return ConditionedNetwork.CONDITIONING;
  }

  @Override
  public void copyCondition(long index, ConditionRows into, int row) {
    ImageSource.super.copyCondition(index, into, row);
    if (into.columns().get(ConditionedNetwork.VECTOR) instanceof ConditionRows.Floats vectors) {
      System.arraycopy(vector(index), 0, vectors.values(), 3 * row, 3);
    }
  }

  @Override
  public ConditionRows examples() {
    ConditionRows rows = ConditionRows.zeros(conditioning(), 5);
    for (int i = 0; i < rows.count(); i++) {
      copyCondition(i, rows, i);
    }
    return rows;
  }

  @Override
  public String fingerprint() {
    return "vectors";
  }
}
