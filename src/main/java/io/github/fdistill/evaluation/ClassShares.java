package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How images fall on classes, beside how a reference does: both as one features network tells them,
 * so that what it takes for another class counts on both sides.
 *
 * @param names of the classes; may have none
 * @param images how many of the images are taken for each class, [K]; at least one in all
 * @param reference how many of the reference, [K]; at least one in all
 */
public record ClassShares(ClassNames names, long[] images, long[] reference) {
  public ClassShares {
    if (images.length != reference.length || sum(images) < 1 || sum(reference) < 1) {
      throw new IllegalArgumentException(
          Arrays.toString(images) + " of classes, " + Arrays.toString(reference));
    }
    images = images.clone();
    reference = reference.clone();
  }

  /** Several sets against one reference, as one. */
  static ClassShares ofAll(List<ClassShares> sets) {
    ClassShares first = sets.get(0);
    long[] all = new long[first.images.length];
    for (ClassShares set : sets) {
      Arrays.setAll(all, k -> all[k] + set.images[k]);
    }
    return new ClassShares(first.names, all, first.reference);
  }

  /** The share of the images that is taken for a class. */
  public double share(int label) {
    return (double) images[label] / sum(images);
  }

  /** The share of the reference. */
  public double referenceShare(int label) {
    return (double) reference[label] / sum(reference);
  }

  /**
   * KL(images || reference) = sum_k q_k ln(q_k / p_k) in nats, with q the images' shares and p the
   * reference's; a class of which the reference has none counts there as half an image.
   */
  public double divergence() {
    double sum = 0;
    for (int k = 0; k < images.length; k++) {
      double p = Math.max(referenceShare(k), 0.5 / sum(reference));
      sum += images[k] > 0 ? share(k) * Math.log(share(k) / p) : 0;
    }
    return sum;
  }

  /** Of the classes that the reference has, the one with the least of what that promises. */
  public int leastServed() {
    return IntStream.range(0, images.length)
        .filter(k -> reference[k] > 0)
        .boxed()
        .min((a, b) -> Double.compare(served(a), served(b)))
        .orElseThrow();
  }

  /** How much of its share in the reference the least served class has; 0 where it is lost. */
  public double least() {
    return served(leastServed());
  }

  private double served(int label) {
    return share(label) / referenceShare(label);
  }

  private static long sum(long[] counts) {
    return Arrays.stream(counts).sum();
  }
}
