package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.PixelComponents;
import java.util.function.LongConsumer;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.SelfAdjointEig;
import org.tensorflow.types.TFloat64;

/**
 * The directions in which vectors vary most: the eigenvectors of their covariance with the largest
 * eigenvalues (Pearson 1901), in float64. Of the two directions of an axis it is the one in which
 * its largest entry is above 0.
 *
 * @param mean [n]
 * @param axes [n,d] in C order: columns of length 1, at right angles
 * @param variances [d], along each axis, the largest first
 * @param share of the whole variance that is along the axes, from 0 to 1
 */
public record PrincipalComponents(double[] mean, double[] axes, double[] variances, double share) {
  /** Values of an image, at most: the work grows with their cube. */
  public static final int MOST_VALUES = 4096;

  private static final int IMAGES_AT_ONCE = 1000;
  private static final float LARGEST_BYTE = 255;

  /**
   * @param count d, of axes
   * @throws InputException when vectors have fewer numbers
   */
  public static PrincipalComponents of(Moments moments, int count) {
    int n = moments.dimension();
    if (count < 1 || count > n) {
      throw InputException.ofValue(
          "principal_components", "" + count, "from 1 to " + n + ", the numbers of an image");
    }
    Shape square = Shape.of(n, n);
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph);
        Tensor covariance = Float64.tensor(square, moments.covariance())) {
      Ops tf = NodeNames.ops(graph);
      Placeholder<TFloat64> s = tf.placeholder(TFloat64.class, Placeholder.shape(square));
      SelfAdjointEig<TFloat64> eigen = tf.linalg.selfAdjointEig(s);
      try (Result result =
          session.runner().feed(s, covariance).fetch(eigen.e()).fetch(eigen.v()).run()) {
        double[] values = Float64.values((TFloat64) result.get(0)); // the smallest first
        double[] vectors = Float64.values((TFloat64) result.get(1)); // [n,n], columns
        return largest(moments, count, values, vectors);
      }
    }
  }

  private static PrincipalComponents largest(
      Moments moments, int count, double[] values, double[] vectors) {
    int n = values.length;
    double[] axes = new double[n * count];
    double[] variances = new double[count];
    double along = 0;
    for (int axis = 0; axis < count; axis++) {
      int column = n - 1 - axis;
      variances[axis] = Math.max(0, values[column]);
      along += variances[axis];
      double sign = signOfLargest(vectors, n, column);
      for (int i = 0; i < n; i++) {
        axes[i * count + axis] = sign * vectors[i * n + column];
      }
    }
    double share = along > 0 ? along / moments.trace() : 1;
    return new PrincipalComponents(moments.mean(), axes, variances, share);
  }

  private static double signOfLargest(double[] vectors, int n, int column) {
    double largest = 0;
    for (int i = 0; i < n; i++) {
      double entry = vectors[i * n + column];
      largest = Math.abs(entry) > Math.abs(largest) ? entry : largest;
    }
    return largest < 0 ? -1 : 1;
  }

  /**
   * Those of all images of a source, by their pixels / 255.
   *
   * @param done is told how many images were read
   * @throws InputException for larger images than can be worked on, or fewer than two
   */
  public static PrincipalComponents ofPixels(ImageSource source, int count, LongConsumer done) {
    int size = source.valuesPerImage();
    if (size > MOST_VALUES) {
      throw new InputException(
          "principal_components",
          "images of " + size + " values",
          "at most " + MOST_VALUES,
          "use the features of a classifier, or a dataset of smaller images");
    }
    try (MomentsStream stream = new MomentsStream(size)) {
      for (long from = 0; from < source.size(); from += IMAGES_AT_ONCE) {
        int rows = (int) Math.min(IMAGES_AT_ONCE, source.size() - from);
        stream.add(new Features("pixels", size, pixels(source, from, rows)));
        done.accept(from + rows);
      }
      return of(stream.moments(), count);
    }
  }

  private static float[] pixels(ImageSource source, long from, int rows) {
    int size = source.valuesPerImage();
    float[] values = new float[rows * size];
    for (int i = 0; i < rows; i++) {
      source.copy(from + i, values, i * size);
    }
    byte[] bytes = new Images(values, source.height(), source.width(), source.channels()).bytes();
    for (int i = 0; i < values.length; i++) {
      values[i] = Byte.toUnsignedInt(bytes[i]) / LARGEST_BYTE;
    }
    return values;
  }

  /**
   * The network that gives an image's coordinates along the axes.
   *
   * @param image [H,W,C]
   */
  public PixelComponents network(Shape image) {
    return new PixelComponents(image, floats(mean), floats(axes), variances.length);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
