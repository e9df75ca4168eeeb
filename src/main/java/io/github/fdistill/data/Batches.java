package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import java.util.function.LongUnaryOperator;

/**
 * A stream of images, endless where they are shuffled, cut into batches. Batch n is a function of n
 * alone (and of the seed where images are shuffled), so that a resumed run sees what an unbroken
 * one sees. Immutable.
 */
public final class Batches {
  private final ImageSource source;
  private final int batchSize;
  private final LongUnaryOperator order;

  /** How many images the stream has. */
  private final long images;

  private final long seed;
  private final int from;
  private final int to;

  /**
   * Shuffles the images.
   *
   * @param batchSize images in a batch, at least 1; it need not divide the source's size
   * @param seed of the order of images, and of what is drawn of each
   */
  public Batches(ImageSource source, int batchSize, long seed) {
    this(
        source,
        batchSize,
        new Shuffle(source.size(), seed)::at,
        Long.MAX_VALUE,
        seed,
        0,
        batchSize);
  }

  private Batches(
      ImageSource source,
      int batchSize,
      LongUnaryOperator order,
      long images,
      long seed,
      int from,
      int to) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size " + batchSize);
    }
    this.source = source;
    this.batchSize = batchSize;
    this.order = order;
    this.images = images;
    this.seed = seed;
    this.from = from;
    this.to = to;
  }

  /** The same batches with some rows alone; the others are zeros, and are not read. */
  public Batches rows(int first, int end) {
    return new Batches(source, batchSize, order, images, seed, first, end);
  }

  /** The images in their own order, each once; what is behind the last in its batch is zeros. */
  static Batches inOrder(ImageSource source, int batchSize) {
    return new Batches(source, batchSize, index -> index, source.size(), 0, 0, batchSize);
  }

  /** Whether a batch has images. */
  boolean has(long n) {
    return n <= (images - 1) / batchSize;
  }

  /** Batch n, from 0: the stream's images n * batchSize to (n + 1) * batchSize - 1. */
  public Batch at(long n) {
    Batch batch = empty();
    fill(batch, n, from, to);
    return batch;
  }

  /** A batch yet to be filled. */
  Batch empty() {
    int values = Math.multiplyExact(batchSize, source.valuesPerImage());
    return new Batch(new float[values], ConditionRows.zeros(source.conditioning(), batchSize));
  }

  /** Fills in the images {@code from} to {@code to - 1} of batch n; no other thread may do so. */
  void fill(Batch batch, long n, int from, int to) {
    long first = Math.multiplyExact(n, (long) batchSize);
    int length = source.valuesPerImage();
    for (int i = from; i < to && first + i < images; i++) {
      long index = order.applyAsLong(first + i);
      source.draw(index, Shuffle.mix(seed) + first + i, batch.images(), i * length);
      source.copyCondition(index, batch.conditions(), i);
    }
  }

  /** The first row that is filled in. */
  int from() {
    return from;
  }

  /** The row after the last that is filled in. */
  int to() {
    return to;
  }
}
