package io.github.fdistill.data;

import java.util.List;
import org.tensorflow.ndarray.Shape;

/** Labelled images that never change; all of one size. Safe for use by several threads. */
public interface ImageSource {
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
