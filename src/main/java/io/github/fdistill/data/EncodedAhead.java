package io.github.fdistill.data;

import org.tensorflow.ndarray.Shape;

/** Images in whose place their latents stand, which were computed ahead; seen as they were. */
interface EncodedAhead extends DerivedImages {
  /** The shape of an image's latents, [h,w,L]. */
  Shape latent();

  @Override
  default int height() {
    return (int) latent().get(0);
  }

  @Override
  default int width() {
    return (int) latent().get(1);
  }

  @Override
  default int channels() {
    return (int) latent().get(2);
  }

  @Override
  default ImageSource pictures() {
    return source().pictures();
  }
}
