package io.github.fdistill.training;

import java.util.OptionalInt;

/**
 * The memory of a run, in bytes: what it holds whatever the batch, and what a step takes, which is
 * taken to grow in proportion to the images that are computed at a time.
 *
 * <pre>bytes(rows) = program + variables + gradients + activations rows / measured rows</pre>
 *
 * Steps beside which a checkpoint is written take as much more as training changes; and while
 * images are drawn, there is a model beside the variables.
 *
 * @param holdings the variables
 * @param program what the process holds beside them: Java, TensorFlow, graph, images
 * @param activations what a step takes beside gradients
 * @param rows images that were computed at a time
 */
public record MemoryPlan(Holdings holdings, long program, long activations, int rows) {

  /**
   * The plan of what was measured.
   *
   * @param before what the process held before the step
   * @param peak the most that it held in the step
   */
  public static MemoryPlan measured(Holdings holdings, long before, long peak, int rows) {
    long step = Math.max(0, peak - before);
    return new MemoryPlan(
        holdings,
        Math.max(0, before - holdings.all()),
        Math.max(0, step - holdings.gradients()),
        rows);
  }

  /** All of it, with so many images at a time and parts of a batch, those of all workers. */
  public long bytes(int atATime, int ofABatch) {
    return fixed(ofABatch) + (long) Math.ceil((double) activations * atATime / rows);
  }

  /** The most of it: beside a checkpoint that is written, or a model that is drawn from. */
  public long most(int atATime, int ofABatch) {
    return bytes(atATime, ofABatch) + holdings.beside();
  }

  /** What does not grow with the images; more than one part needs a sum of gradients. */
  private long fixed(int ofABatch) {
    long sums = holdings.sumsOf(ofABatch) - holdings.sums();
    return program + holdings.all() + sums + holdings.gradients();
  }

  /**
   * Images at a time that fit; 0: not even one.
   *
   * @param available bytes
   * @param ofABatch parts of a batch, those of all workers
   */
  public int mostRows(long available, int ofABatch) {
    double left = available - most(0, ofABatch);
    double most = Math.floor(left * rows / Math.max(1, activations));
    return left < 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, most);
  }

  /**
   * The fewest parts, of each worker, with which it fits; none if it does not fit at one image a
   * part.
   *
   * @param share of a batch that a worker has
   * @param together images that a part has a multiple of
   * @param atATime images of a part, at most
   * @param available bytes
   */
  public OptionalInt partsFor(int share, int workers, int together, int atATime, long available) {
    for (int k = 1; k <= share; k++) {
      int rows = share / k;
      boolean alike = share % k == 0 && rows % together == 0;
      if (alike && rows <= atATime && most(rows, k * workers) <= available) {
        return OptionalInt.of(k);
      }
    }
    return OptionalInt.empty();
  }
}
