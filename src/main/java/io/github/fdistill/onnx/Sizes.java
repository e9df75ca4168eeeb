package io.github.fdistill.onnx;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Arithmetic of sizes, of which one may grow with the batch: -c is c N, for N images. Neither N nor
 * N^2 is ever known, so that only what needs neither is computed.
 */
final class Sizes {
  private Sizes() {}

  /** The product; none with N^2. */
  static OptionalLong product(long[] sizes) {
    long product = 1;
    for (long size : sizes) {
      if (size < 0 && product < 0) {
        return OptionalLong.empty();
      }
      product = Math.multiplyExact(product, size);
    }
    return OptionalLong.of(product);
  }

  /** How often a product goes into another one; none where it does not, or where N is left over. */
  static OptionalLong quotient(long all, long part) {
    if (part == 0 || all % part != 0) {
      return OptionalLong.empty();
    }
    if (part < 0) { // c N / (d N)
      return all < 0 ? OptionalLong.of(all / part) : OptionalLong.empty();
    }
    return OptionalLong.of(all / part);
  }

  /** Two shapes made one by repeating what has size 1; null where they do not fit. */
  static long[] broadcast(long[] a, long[] b) {
    int rank = Math.max(a.length, b.length);
    long[] result = new long[rank];
    for (int i = 0; i < rank; i++) {
      long left = at(a, i - rank + a.length);
      long right = at(b, i - rank + b.length);
      if (left != right && left != 1 && right != 1) {
        return null;
      }
      result[i] = left == 1 ? right : left;
    }
    return result;
  }

  private static long at(long[] sizes, int index) {
    return index < 0 ? 1 : sizes[index];
  }

  /** For TensorFlow: what grows with the batch is -1. */
  static long[] open(long[] sizes) {
    return Arrays.stream(sizes).map(size -> size < 0 ? -1 : size).toArray();
  }

  static boolean anyOpen(long[] sizes) {
    return Arrays.stream(sizes).anyMatch(size -> size < 0);
  }

  /** How many of them differ from 1, whatever N is. */
  static boolean isOne(long[] sizes) {
    return Arrays.stream(sizes).allMatch(size -> size == 1);
  }

  /** As people read it: [4N, 8, 8]. */
  static String text(long[] sizes) {
    return Arrays.stream(sizes)
        .mapToObj(size -> size >= 0 ? "" + size : size == -1 ? "N" : -size + "N")
        .toList()
        .toString();
  }
}
