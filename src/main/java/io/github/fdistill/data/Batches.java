package io.github.fdistill.data;

/**
 * An endless stream of shuffled images, cut into batches. Batch n is a function of the seed and n
 * alone, so that a resumed run sees what an unbroken one sees. Immutable.
 */
public final class Batches {
  private final ImageSource source;
  private final int batchSize;
  private final Shuffle shuffle;

  /**
   * @param batchSize images in a batch, at least 1; it need not divide the source's size
   * @param seed of the order of images
   */
  public Batches(ImageSource source, int batchSize, long seed) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size " + batchSize);
    }
    this.source = source;
    this.batchSize = batchSize;
    this.shuffle = new Shuffle(source.size(), seed);
  }

  /** Batch n, from 0: the stream's images n * batchSize to (n + 1) * batchSize - 1. */
  public Batch at(long n) {
    long first = Math.multiplyExact(n, (long) batchSize);
    int length = source.valuesPerImage();
    float[] images = new float[Math.multiplyExact(batchSize, length)];
    int[] labels = new int[batchSize];
    for (int i = 0; i < batchSize; i++) {
      long index = shuffle.at(first + i);
      source.copy(index, images, i * length);
      labels[i] = source.label(index);
    }
    return new Batch(images, labels);
  }
}
