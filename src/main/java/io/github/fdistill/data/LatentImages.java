package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import org.tensorflow.ndarray.Shape;

/**
 * Images as a network of latents takes them: in the place of its pixels an image has its latents,
 * which were computed ahead.
 *
 * @param source of the images
 * @param latent [h,w,L]
 * @param latents of each image
 * @param fingerprint of the images and what encoded them
 */
public record LatentImages(ImageSource source, Shape latent, LatentRows latents, String fingerprint)
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

  @Override
  public void draw(long index, long key, float[] into, int offset) {
    latents.draw(index, key, into, offset);
  }
}
