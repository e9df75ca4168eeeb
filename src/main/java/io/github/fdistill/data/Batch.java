package io.github.fdistill.data;

/**
 * Images of one training step.
 *
 * @param images [B, height, width, channels] in C order, in data units
 * @param labels [B]
 */
public record Batch(float[] images, int[] labels) {
  /** Number of images, B. */
  public int size() {
    return labels.length;
  }
}
