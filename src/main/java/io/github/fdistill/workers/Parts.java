package io.github.fdistill.workers;

/**
 * Items in blocks, which workers share out: one after another each gets as many whole blocks as any
 * other, or one less.
 *
 * @param each items of a block; the last may be smaller
 */
public record Parts(int items, int each, int workers) {

  /** The first item of a worker; for their number the end. */
  public int begin(int worker) {
    long blocks = ((long) items + each - 1) / each;
    return (int) Math.min(items, blocks * worker / workers * each);
  }

  /** How many items a worker has. */
  public int count(int worker) {
    return begin(worker + 1) - begin(worker);
  }
}
