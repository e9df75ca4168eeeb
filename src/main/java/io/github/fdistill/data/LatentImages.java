package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import org.tensorflow.ndarray.Shape;

/**
 * Images as a network of latents takes them: in the place of its pixels an image has the mean of
 * its latents, which was computed ahead.
 *
 * @param source of the images
 * @param latent [h,w,L]
 * @param latents of each image
 * @param fingerprint of the images and what encoded them
 */
public record LatentImages(
    ImageSource source, Shape latent, EncodedRows latents, String fingerprint)
    implements EncodedAhead {

  @Override
  public ConditionRows examples() {
    return source.examples();
  }

  /** The mean of an image's latents, in the network's units. */
  @Override
  public void copy(long index, float[] into, int offset) {
    latents.copy(index, into, offset);
  }
}
