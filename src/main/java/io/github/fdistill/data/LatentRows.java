package io.github.fdistill.data;

/**
 * Latents of images that were computed ahead: of each image the mean that the encoder gives, and
 * where it is to be drawn the deviation after it, both of {@code each} numbers.
 *
 * @param drawn whether there are deviations
 */
public record LatentRows(EncodedRows rows, int each, boolean drawn) {

  /** The mean of an image's latents. */
  void copy(long image, float[] into, int offset) {
    rows.copy(image, 0, each, into, offset);
  }

  /**
   * Latents of an image as the encoder's distribution has them: mean + deviation n, n ~ N(0, I);
   * the mean where there are no deviations.
   *
   * @param key that n is a function of
   */
  void draw(long image, long key, float[] into, int offset) {
    copy(image, into, offset);
    if (drawn) {
      float[] deviations = new float[each];
      rows.copy(image, each, each, deviations, 0);
      for (int i = 0; i < each; i += 2) {
        double[] pair = Gaussian.pair(key, i / 2);
        for (int j = i; j < Math.min(each, i + 2); j++) {
          into[offset + j] += (float) (deviations[j] * pair[j - i]);
        }
      }
    }
  }
}
