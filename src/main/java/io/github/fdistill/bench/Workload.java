package io.github.fdistill.bench;

import io.github.fdistill.config.Precision;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.flops.FloatOperations;

/**
 * Something that is done again and again, and timed.
 *
 * @param name as {@code critic}
 * @param images that it is done for; 0: none
 * @param precision of its convolutions and matrix products
 * @param operations of doing it once
 * @param doing does it once
 */
public record Workload(
    String name, int images, Precision precision, FloatOperations operations, Doing doing) {

  /** Does it. */
  @FunctionalInterface
  public interface Doing {
    /**
     * @param number how often it was done before
     * @param how the runs of the session are made
     */
    void once(long number, SessionRuns how);
  }
}
