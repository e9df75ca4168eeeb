package io.github.fdistill.bench;

import io.github.fdistill.device.SessionRuns;
import org.tensorflow.Result;
import org.tensorflow.Session;

/** Measures how long there was a run of the session, or several side by side. */
final class Stopwatch implements SessionRuns {
  private int running;
  private long began;
  private long nanos;

  @Override
  public Result run(Session.Runner prepared) {
    begin();
    try {
      return prepared.run();
    } finally {
      end();
    }
  }

  private synchronized void begin() {
    if (running++ == 0) {
      began = System.nanoTime();
    }
  }

  private synchronized void end() {
    if (--running == 0) {
      nanos += System.nanoTime() - began;
    }
  }

  /** With a run so far. */
  synchronized double seconds() {
    return nanos / 1e9;
  }
}
