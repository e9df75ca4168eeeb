package io.github.fdistill.cli;

/** A run of several workers ends, and is to be started again: by hand, or by what started it. */
final class WorkersEnded extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WorkersEnded(Throwable why) {
    super(why);
  }
}
