package io.github.fdistill.training;

import io.github.fdistill.data.Batches;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.stream.Stream;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/**
 * What the student's step sees in the samples of a batch.
 *
 * @param sigma [B], noise levels
 * @param logRatio [B], log r before it is clipped: the discriminator's logits
 * @param ratio [B], r
 * @param weight [B], h(r)
 */
public record BatchReadings(float[] sigma, float[] logRatio, float[] ratio, float[] weight) {

  /**
   * Reads a batch; nothing changes. Where batches are computed in parts it is the last one that the
   * student saw.
   *
   * @param number of the batch
   */
  static BatchReadings of(
      Session session, StepInputs inputs, BatchWeights weights, Batches batches, long number) {
    try (Feed feed = Feed.of(inputs, batches.at(number), number, 0)) {
      Session.Runner runner = feed.into(session.runner());
      Stream.of(
              weights.sigma(),
              weights.logRatio(),
              weights.ratio().ratio(),
              weights.ratio().weight())
          .forEach(runner::fetch);
      try (Result result = runner.run()) {
        return new BatchReadings(
            floats(result, 0), floats(result, 1), floats(result, 2), floats(result, 3));
      }
    }
  }

  private static float[] floats(Result result, int i) {
    return TensorBundle.floats((TFloat32) result.get(i));
  }
}
