package io.github.fdistill.serving;

import com.google.protobuf.Int64Value;
import io.github.fdistill.wire.BatchingParameters;
import java.util.List;
import java.util.TreeSet;

/**
 * How fast a served student is, by the rows of a batch.
 *
 * @param points in rising order of rows
 * @param least rows that a request may have, where they were measured: a server refuses one that
 *     has more than a batch
 */
public record Throughput(List<Point> points, int least) {
  /** More rows than this share of the best rate needs only make requests wait. */
  private static final double ENOUGH = 0.95;

  private static final int LEAST_ROWS = 16;

  /** {@value #LEAST_ROWS} rows at least. */
  public Throughput(List<Point> points) {
    this(points, LEAST_ROWS);
  }

  /**
   * The same where clients may ask for so many rows already: a measurement on a busy machine is no
   * reason to refuse them.
   */
  Throughput noFewerThan(long rows) {
    return new Throughput(points, (int) Math.min(Integer.MAX_VALUE, Math.max(least, rows)));
  }

  /**
   * One size of batches.
   *
   * @param rows of a batch
   * @param seconds that one takes
   */
  public record Point(int rows, double seconds) {
    public double rowsPerSecond() {
      return rows / seconds;
    }
  }

  /**
   * The smallest batch whose rate is nearly the best, of those that have the least rows; where
   * larger ones are slower only, the smallest that has them; the largest where none has.
   */
  Point best() {
    double most = points.stream().mapToDouble(Point::rowsPerSecond).max().orElseThrow();
    List<Point> enough = points.stream().filter(p -> p.rows() >= least).toList();
    return enough.stream()
        .filter(p -> p.rowsPerSecond() >= ENOUGH * most)
        .findFirst()
        .or(() -> enough.stream().findFirst())
        .orElse(points.get(points.size() - 1));
  }

  /** Those of the sizes that batches are padded to: up to the best. */
  List<Point> served() {
    int most = best().rows();
    return points.stream().filter(point -> point.rows() <= most).toList();
  }

  /** The sizes that batches are padded to. */
  List<Integer> sizes() {
    return served().stream().map(Point::rows).toList();
  }

  /**
   * The same parameters with batches as large as those of versions that are served beside this one:
   * the parameters are of all, and a server refuses a request of more rows.
   *
   * @param beside what those are served with
   */
  BatchingParameters batching(BatchingParameters beside) {
    long most = Math.max(best().rows(), beside.getMaxBatchSize().getValue());
    TreeSet<Long> sizes = new TreeSet<>(beside.getAllowedBatchSizesList());
    sizes().forEach(rows -> sizes.add((long) rows));
    sizes.add(most);
    return batching().toBuilder()
        .setMaxBatchSize(Int64Value.of(most))
        .clearAllowedBatchSizes()
        .addAllAllowedBatchSizes(sizes.subSet(1L, true, most, true))
        .build();
  }

  /**
   * Parameters that fit: batches up to the best size; waiting for more rows no longer than half of
   * what one row takes; one batch at a time, which has all processors; and no more work waiting
   * than a second's.
   */
  BatchingParameters batching() {
    Point best = best();
    long micros = Math.round(points.get(0).seconds() * 0.5e6);
    long waiting = Math.max(4, Math.round(1 / best.seconds()));
    return BatchingParameters.newBuilder()
        .setMaxBatchSize(Int64Value.of(best.rows()))
        .setBatchTimeoutMicros(Int64Value.of(Math.min(10_000, Math.max(100, micros))))
        .setMaxEnqueuedBatches(Int64Value.of(waiting))
        .setNumBatchThreads(Int64Value.of(1))
        .addAllAllowedBatchSizes(sizes().stream().map(Integer::longValue).toList())
        .build();
  }
}
