package io.github.fdistill.hosting;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Sampling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.RunOptions;

/**
 * A denoiser's images by Heun's method, for the page: from the noise that a student begins at. Of
 * one thread.
 */
public final class Teacher implements AutoCloseable {
  /** Of the network, for an image. */
  public static final int EVALUATIONS = Sampling.evaluations(Sampling.USUAL_STEPS);

  private final DenoiserModel model;
  private double guidance;
  private Sampler sampler; // Of this guidance; null while there is none.

  private Teacher(DenoiserModel model) {
    this.model = model;
  }

  static Teacher of(Path version) {
    return new Teacher(DenoiserModel.read(version));
  }

  /**
   * A PNG for each seed, under the condition of its row. With another guidance than the last time
   * the network is built anew.
   *
   * @param wanted guidance; 1: none
   * @param end of the time for it, by the clock of nanoseconds
   * @throws io.github.fdistill.InputException when the model cannot be drawn with guidance
   * @throws io.github.fdistill.wire.ApiException when it is not drawn in time
   */
  List<byte[]> draw(long[] seeds, ConditionRows conditions, double wanted, long end) {
    if (sampler == null || wanted != guidance) {
      if (wanted != 1) {
        new Sampling(Sampling.USUAL_STEPS, wanted, Precision.FLOAT32).requireFits(model);
      }
      close();
      sampler = Sampler.heun(model, Sampling.USUAL_STEPS, wanted, Precision.FLOAT32);
      guidance = wanted;
    }
    Shape image = model.image();
    Images images =
        new Images(
            sampler.draw(seeds, conditions, run -> inTime(run, end)),
            (int) image.get(0),
            (int) image.get(1),
            (int) image.get(2));
    List<byte[]> pngs = new ArrayList<>();
    for (int i = 0; i < seeds.length; i++) {
      pngs.add(PngFile.bytes(images, i));
    }
    return pngs;
  }

  /** A run that TensorFlow ends at that moment, between two ops. */
  private static Result inTime(Session.Runner run, long end) {
    long start = System.nanoTime();
    long millis = (end - start) / 1_000_000;
    if (millis <= 0) {
      throw Late.inTheSession();
    }
    try {
      return run.setOptions(RunOptions.newBuilder().setTimeoutInMs(millis).build()).run();
    } catch (RuntimeException e) {
      boolean late = System.nanoTime() - start >= millis * 1_000_000;
      throw late && RunFailure.isOne(e) ? Late.inTheSession() : e;
    }
  }

  @Override
  public void close() {
    if (sampler != null) {
      sampler.close();
      sampler = null;
    }
  }
}
