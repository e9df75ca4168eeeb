package io.github.fdistill.training;

import io.github.fdistill.data.Batch;
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
   * Reads a batch; nothing changes that outlives a step. Where batches are computed in parts, each
   * is found anew, also those that are other workers' in a step.
   *
   * @param batches whole
   * @param number of the batch
   */
  static BatchReadings of(
      Session session, StepInputs inputs, BatchWeights weights, Batches batches, long number) {
    Batch batch = batches.at(number);
    weights.before().stream()
        .findFirst()
        .ifPresent(noted -> note(session, inputs, noted, batch, number));
    try (Feed feed = Feed.of(inputs, batch, number, 0)) {
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

  private static void note(
      Session session, StepInputs inputs, Turn.Run noted, Batch batch, long number) {
    for (int part = 0; part < inputs.parts(); part++) {
      try (Feed feed = Feed.of(inputs, batch, number, part)) {
        feed.into(session.runner()).addTarget(noted.target()).run().close();
      }
    }
  }

  private static float[] floats(Result result, int i) {
    return TensorBundle.floats((TFloat32) result.get(i));
  }
}
