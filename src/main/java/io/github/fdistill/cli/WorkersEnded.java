package io.github.fdistill.cli;

import io.github.fdistill.workers.Loss;

/**
 * A run of several workers ends; mostly it is to be started again, by what started it or by hand.
 */
final class WorkersEnded extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;

  /** One that is to be started again. */
  WorkersEnded(Throwable why) {
    super(why);
    code = Main.AGAIN;
  }

  WorkersEnded(Loss loss) {
    super(loss.why());
    code = loss.again() ? Main.AGAIN : Main.FAILED;
  }

  /** The exit code. */
  int code() {
    return code;
  }
}
