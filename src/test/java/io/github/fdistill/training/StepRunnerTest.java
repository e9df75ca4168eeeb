package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.device.SessionRuns;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;

class StepRunnerTest {
  /** Else nobody sees for whom the others wait where a disk is slow, or a thread that decodes. */
  @Test
  void whatItTakesToReadImagesIsAWorkersOwnTime() {
    MadeImages slow = new MadeImages(8, 2, 2, 1, 1, (index, into, offset) -> sleep(100));
    Conditioning none = Conditioning.NONE;
    try (Graph graph = new Graph()) {
      StepInputs inputs = Tiny.inputs(Ops.create(graph), 2, 1, Shape.of(2, 2, 1), none, 1);
      try (StepRunner runner = new StepRunner(null, inputs, new Batches(slow, 2, 1))) {
        runner.run(List.of(List.of()), 0, SessionRuns.PLAIN);
        assertTrue(runner.ownSeconds() >= 0.2, "two images: " + runner.ownSeconds());
        runner.awaitBatches();
        runner.run(List.of(List.of()), 1, SessionRuns.PLAIN);
        assertTrue(runner.ownSeconds() < 0.2, "there before: " + runner.ownSeconds());
      }
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
