package io.github.fdistill.serving;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.savedmodel.TensorBundle;
import java.nio.file.Path;
import java.util.Map;
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
 * @param right images whose largest logit is that of their class
 * @param images looked at
 */
public record Accuracy(long right, long images) {
  /** Images that are looked at at once. */
  private static final int ROWS = 200;

  /** The share of images that it knows. */
  public double share() {
    return (double) right / images;
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
      long right = 0;
      for (long from = 0; from < images.size(); from += ROWS) {
        int rows = (int) Math.min(ROWS, images.size() - from);
        float[] logits = logits(function, images, from, rows);
        requireNumbers(logits);
        for (int i = 0; i < rows; i++) {
          int classes = logits.length / rows;
          right += largest(logits, i * classes, classes) == images.label(from + i) ? 1 : 0;
        }
      }
      return new Accuracy(right, images.size());
    }
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
