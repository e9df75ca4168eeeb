package io.github.fdistill.device;

import org.tensorflow.Result;
import org.tensorflow.Session;

/** How a run of a session is made: just so, timed, or traced. */
@FunctionalInterface
public interface SessionRuns {
  /** Just so. */
  SessionRuns PLAIN = Session.Runner::run;

  /**
   * @param prepared with its feeds, fetches and targets
   * @return to be closed by the caller
   */
  Result run(Session.Runner prepared);
}
