package io.github.fdistill.network;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/** The decoder of a pipeline, loaded: by it latents become images. */
public final class LatentDecoder implements AutoCloseable {
  private final Shape latents;
  private final Shape image;
  private final PartSession session;

  /**
   * Loads that of a pipeline, which has one.
   *
   * @param latents [h,w,L] of the network
   * @throws InputException when it cannot be read, or takes others
   */
  public LatentDecoder(Pipeline pipeline, Shape latents) {
    PartModel decoder = pipeline.decoder();
    if (!decoder.row().equals(latents)) {
      throw PartModel.wrong(decoder.where(), "latents " + decoder.row(), "latents " + latents);
    }
    this.latents = latents;
    this.image = pipeline.image();
    this.session = new PartSession(decoder);
  }

  /** The shape [H,W,3] of its images. */
  public Shape image() {
    return image;
  }

  /**
   * Images of latents.
   *
   * @param values [N,h,w,L], the network's
   * @return [N,H,W,3], about in [-1,1]
   * @throws InputException when it gives no such images
   */
  public float[] decoded(float[] values) {
    int size = (int) latents.size();
    int count = values.length / size;
    int atOnce = Autoencoder.atOnce(image);
    List<float[]> pieces = new ArrayList<>();
    for (int from = 0; from < count; from += atOnce) {
      int rows = Math.min(atOnce, count - from);
      var some = DataBuffers.of(values, true, false).slice((long) from * size, (long) rows * size);
      try (TFloat32 input = TFloat32.tensorOf(latents.prepend(rows), some)) {
        pieces.add(session.run(input, Map.of(Autoencoder.IMAGES, image)).get(Autoencoder.IMAGES));
      }
    }
    return Pipeline.joined(pieces);
  }

  @Override
  public void close() {
    session.close();
  }
}
