package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.savedmodel.TensorBundle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * How many images an exported classifier knows, measured on the SavedModel itself, from bytes.
 *
 * @param right images whose largest logit is that of their class, [K] by their label
 * @param looked images looked at, [K] by their label; at least one in all
 */
public record Accuracy(List<Long> right, List<Long> looked) {
  /** Images that are looked at at once. */
  private static final int ROWS = 200;

  /** Keeps copies. */
  public Accuracy {
    right = List.copyOf(right);
    looked = List.copyOf(looked);
  }

  /** All images looked at. */
  public long images() {
    return sum(looked);
  }

  /** The share of images that it knows. */
  public double share() {
    return (double) sum(right) / images();
  }

  /**
   * The mean, over the classes that have images here, of the share of a class's images that it
   * knows: 1 / K where it takes all for one class of K, however many images that has.
   */
  public double classMean() {
    return IntStream.range(0, looked.size())
        .filter(k -> looked.get(k) > 0)
        .mapToDouble(k -> (double) right.get(k) / looked.get(k))
        .average()
        .orElseThrow();
  }

  private static long sum(List<Long> counts) {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Looks at every image.
   *
   * @param version the SavedModel's folder
   * @throws InputException when a logit is no number
   */
  public static Accuracy of(Path version, ImageSource images) {
    try (SavedModelBundle bundle = Sessions.load(version)) {
      SessionFunction function = bundle.function(Classifier.FEATURES);
      long[] right = new long[Math.max(1, images.classes())];
      long[] looked = right.clone();
      for (long from = 0; from < images.size(); from += ROWS) {
        int rows = (int) Math.min(ROWS, images.size() - from);
        float[] logits = logits(function, images, from, rows);
        requireNumbers(logits);
        for (int i = 0; i < rows; i++) {
          int classes = logits.length / rows;
          int label = images.label(from + i);
          looked[label]++;
          right[label] += largest(logits, i * classes, classes) == label ? 1 : 0;
        }
      }
      return new Accuracy(counts(right), counts(looked));
    }
  }

  private static List<Long> counts(long[] counts) {
    return LongStream.of(counts).boxed().toList();
  }

  /** [rows,K] */
  private static float[] logits(SessionFunction function, ImageSource images, long from, int rows) {
    int size = images.valuesPerImage();
    float[] values = new float[rows * size];
    for (int i = 0; i < rows; i++) {
      images.copy(from + i, values, i * size);
    }
    byte[] bytes = new Images(values, images.height(), images.width(), images.channels()).bytes();
    Shape shape = Shape.of(rows, images.height(), images.width(), images.channels());
    try (TUint8 tensor = TUint8.tensorOf(shape, DataBuffers.of(bytes, true, false));
        Result result = function.call(Map.of(Classifier.IMAGES, tensor))) {
      return TensorBundle.floats((TFloat32) result.get(Classifier.LOGITS).orElseThrow());
    }
  }

  private static int largest(float[] values, int offset, int count) {
    int best = 0;
    for (int k = 1; k < count; k++) {
      best = values[offset + k] > values[offset + best] ? k : best;
    }
    return best;
  }

  private static void requireNumbers(float[] logits) {
    for (float logit : logits) {
      if (!Float.isFinite(logit)) {
        throw new InputException(
            "the trained classifier",
            "its logits hold " + logit + ": training has diverged; nothing was exported",
            "finite numbers",
            "train under another name (--set name=...) with a lower learning rate");
      }
    }
  }
}
