package io.github.fdistill.training;

/**
 * Thrown by a look at a run's state that has heard, before it is through, that the run is to stop:
 * the run is saved at once, and the session that goes on makes the look first.
 */
public final class LeftLook extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LeftLook() {
    super("the run is to stop", null, false, false);
  }
}
