package io.github.fdistill.bench;

import io.github.fdistill.device.SessionRuns;
import org.tensorflow.Result;
import org.tensorflow.Session;

/** Adds up the time within runs of the session. */
final class Stopwatch implements SessionRuns {
  private long nanos;

  @Override
  public Result run(Session.Runner prepared) {
    long start = System.nanoTime();
    Result result = prepared.run();
    nanos += System.nanoTime() - start;
    return result;
  }

  /** Within all runs so far. */
  double seconds() {
    return nanos / 1e9;
  }
}
