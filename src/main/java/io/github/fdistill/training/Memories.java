package io.github.fdistill.training;

import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.device.Sessions;

/** What memories there are for what a training keeps. */
public enum Memories {
  /** One: of a processor that computes all. */
  ONE,
  /** A GPU's, and beside it the host's, where optimisers that say so keep what they have. */
  TWO;

  /** Those of the sessions opened now. */
  public static Memories here() {
    return Sessions.onGpu() ? TWO : ONE;
  }

  /** Whether an optimiser's moments, and the averages of its weights, are kept apart. */
  boolean areKeptApart(OptimiserConfig optimiser) {
    return this == TWO && optimiser.getOffload();
  }
}
