package io.github.fdistill.server;

import io.github.fdistill.InputException;
import io.github.fdistill.wire.BatchingParameters;
import java.util.List;

/**
 * How requests are gathered into batches.
 *
 * @param maxRows of a batch
 * @param timeoutMicros a batch waits so long for more rows than it has
 * @param maxWaiting batches that may wait; a request that finds more is refused
 * @param threads batches that are computed at once
 * @param sizes a batch is padded to the next of these, in rising order; empty: never
 * @param merges whether requests' rows stand in one batch; else each is run by itself
 * @param fixed whether the graph takes so many rows and no others
 */
public record Batching(
    int maxRows,
    long timeoutMicros,
    int maxWaiting,
    int threads,
    List<Integer> sizes,
    boolean merges,
    boolean fixed) {
  /** More is no use, and files of others may say more: a minute, and threads. */
  private static final long MOST_MICROS = 60_000_000;

  private static final int MOST_THREADS = 256;

  /** Of a batch: those that a request lacks are made up in memory. */
  static final int MOST_ROWS = 1 << 24;

  private static final Batching STANDARD = new Batching(64, 1_000, 16, 1, List.of(), true, false);

  /**
   * Reads TensorFlow Serving's parameters; what is not said is as it is here.
   *
   * @param where they stand, for messages
   * @throws InputException when they contradict each other, or a number is out of range
   */
  public static Batching of(String where, BatchingParameters p) {
    long rows = p.hasMaxBatchSize() ? p.getMaxBatchSize().getValue() : STANDARD.maxRows;
    long micros =
        p.hasBatchTimeoutMicros() ? p.getBatchTimeoutMicros().getValue() : STANDARD.timeoutMicros;
    long waiting =
        p.hasMaxEnqueuedBatches() ? p.getMaxEnqueuedBatches().getValue() : STANDARD.maxWaiting;
    long threads = p.hasNumBatchThreads() ? p.getNumBatchThreads().getValue() : STANDARD.threads;
    List<Long> sizes = p.getAllowedBatchSizesList();
    require(where, "max_batch_size", rows, 1, MOST_ROWS);
    require(where, "batch_timeout_micros", micros, 0, Long.MAX_VALUE);
    require(where, "max_enqueued_batches", waiting, 1, Long.MAX_VALUE);
    require(where, "num_batch_threads", threads, 1, Long.MAX_VALUE);
    requireRising(where, sizes, rows);
    List<Integer> allowed = sizes.stream().map(Math::toIntExact).toList();
    return new Batching(
        (int) rows,
        Math.min(micros, MOST_MICROS),
        (int) Math.min(waiting, Integer.MAX_VALUE),
        (int) Math.min(threads, MOST_THREADS),
        allowed,
        true,
        false);
  }

  private static void require(String where, String name, long value, long low, long high) {
    if (value < low || value > high) {
      throw new InputException(
          where + ": " + name, "" + value, "from " + low + " to " + high, "correct the file");
    }
  }

  private static void requireRising(String where, List<Long> sizes, long most) {
    long before = 0;
    boolean rising = true;
    for (long size : sizes) {
      rising &= size > before;
      before = size;
    }
    if (!sizes.isEmpty() && !(rising && before == most)) {
      throw new InputException(
          where + ": allowed_batch_sizes",
          String.join(", ", sizes.stream().map(String::valueOf).toList()),
          "rising numbers above 0, of which the last is max_batch_size, " + most,
          "correct the file");
    }
  }

  /** The same with batches of just so many rows, as a graph may need them. */
  Batching fixedTo(int rows) {
    return new Batching(rows, timeoutMicros, maxWaiting, threads, List.of(rows), true, true);
  }

  /**
   * The same number of requests at once and in the queue, each by itself: its tensors have no rows.
   */
  Batching oneByOne() {
    int waiting = (int) Math.min(Integer.MAX_VALUE, (long) maxWaiting * maxRows);
    return new Batching(1, 0, waiting, threads, List.of(), false, false);
  }

  /** Rows that a batch of so many is padded to. */
  int padded(int rows) {
    return sizes.stream().filter(size -> size >= rows).findFirst().orElse(rows);
  }
}
