package io.github.fdistill.run;

import io.github.fdistill.device.Placement;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.TrainingGraph;

/**
 * What a GPU would do of a run, told without one.
 *
 * @param placement where the ops of a step would be computed
 * @param holdings what would lie in its memory, and what in the host's
 */
public record OnGpu(Placement placement, Holdings holdings) {

  /**
   * @param graph built for two memories
   */
  static OnGpu of(TrainingGraph graph) {
    return new OnGpu(graph.onGpu(), graph.holdings());
  }
}
