package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import java.util.BitSet;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/**
 * Images that never change, all of one size, and what each is of: its class, and more where a
 * source knows more. Safe for use by several threads.
 */
public interface ImageSource {
  /** Conditions that are drawn under, at most: a picture has a row for each. */
  int MOST_EXAMPLES = 20;

  /** Number of images, at least 1. */
  long size();

  int height();

  int width();

  int channels();

  /** Number of classes; every label is below it. */
  int classes();

  /** What the classes are called, in their order; empty where they have no names. */
  default List<String> classNames() {
    return List.of();
  }

  /** The class of an image, from 0. */
  int label(long index);

  /** What is known of each image: of these, models are told what they take. */
  default Conditioning conditioning() {
    return Conditioning.ofClasses(classes());
  }

  /**
   * Copies what is known of an image into a row.
   *
   * @param into rows of {@link #conditioning}
   */
  default void copyCondition(long index, ConditionRows into, int row) {
    into.labels().ifPresent(labels -> labels[row] = label(index));
  }

  /**
   * What images are drawn under to see what a model has learnt: each class that has images once,
   * the first {@link #MOST_EXAMPLES}. A source that knows more of its images gives some of them.
   */
  default ConditionRows examples() {
    BitSet found = new BitSet();
    for (long i = 0; i < size(); i++) {
      found.set(label(i));
    }
    return ConditionRows.ofLabels(found.stream().limit(MOST_EXAMPLES).toArray());
  }

  /**
   * Copies an image, [height, width, channels] in C order, in data units: byte / 127.5 - 1, so that
   * 0 becomes -1 and 255 becomes 1.
   *
   * @param offset where in the array the image's first value goes
   */
  void copy(long index, float[] into, int offset);

  /** An image as it is stored: of a size of its own, where a source has such. */
  default SizedImage stored(long index) {
    float[] values = new float[valuesPerImage()];
    copy(index, values, 0);
    return new SizedImage("image " + index, values, height(), width(), channels());
  }

  /** SHA-256, in hex, that changes when any file changes that the images were read from. */
  String fingerprint();

  /** The shape of an image, [H,W,C]. */
  default Shape shape() {
    return Shape.of(height(), width(), channels());
  }

  /** Number of values in an image: height * width * channels. */
  default int valuesPerImage() {
    return height() * width() * channels();
  }
}
