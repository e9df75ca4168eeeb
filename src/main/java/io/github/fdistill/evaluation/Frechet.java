package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.util.Locale;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.linalg.SelfAdjointEig;
import org.tensorflow.op.linalg.Svd;
import org.tensorflow.types.TFloat64;

/**
 * The Frechet distance between two Gaussians, which on Inception's features is the FID (Heusel et
 * al. 2017, equation 6):
 *
 * <pre>
 * |mean_1 - mean_2|^2 + Tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2))
 * </pre>
 *
 * The trace of the root is the sum of the singular values of F_1' F_2, where F F' = S is the factor
 * that TensorFlow's SelfAdjointEig gives: their squares are the eigenvalues of S_1 S_2. (The
 * eigenvalues of S_1^(1/2) S_2 S_1^(1/2) are the same numbers, but their roots lose half the digits
 * where a covariance is nearly singular: 1e-7 of the traces, against 1e-13.) All in float64.
 */
public final class Frechet {
  private Frechet() {}

  /**
   * The squared distance in units of squared features, as FID is given; 0 for equal moments.
   *
   * @throws InputException if either has no more samples than features
   */
  public static double distance(Moments reference, Moments samples) {
    requireEnough("reference", reference.count(), reference.dimension());
    requireEnough("samples", samples.count(), samples.dimension());
    if (reference.dimension() != samples.dimension()) {
      throw new InputException(
          "FID",
          "samples with " + samples.dimension() + " features",
          reference.dimension() + ", as the reference has",
          "compute both with the same features network");
    }
    double distance = reference.trace() + samples.trace() - 2 * traceOfRoot(reference, samples);
    for (int i = 0; i < reference.dimension(); i++) {
      double difference = reference.mean()[i] - samples.mean()[i];
      distance += difference * difference;
    }
    // Rounding can leave a distance of 0 just below it.
    return Math.max(0, distance);
  }

  /**
   * Refuses fewer images than a distance needs, before they are drawn, and more features than there
   * is room for.
   */
  static void requireEnough(String whose, long images, int features) {
    MomentsStream.requireRoom(features);
    if (!isEnough(images, features)) {
      throw new InputException(
          "FID, " + whose,
          images + " images for " + features + " features",
          "more images than features: the covariance of n images has rank n - 1 at most, so with"
              + " fewer it is singular, and the distance tells n rather than the images",
          "use more than "
              + features
              + " images (10,000 and up for numbers that settle), or a network with fewer"
              + " features");
    }
  }

  /**
   * That there is no distance of so few images, in words; nothing where there are enough.
   *
   * @param references images that others are measured against
   * @param samples images that are measured
   */
  public static Optional<String> none(int features, int references, int samples) {
    return isEnough(Math.min(references, samples), features)
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "No FID: it takes more than %,d images, as many as the features have numbers; here"
                    + " are %,d, and %,d of the reference",
                features,
                samples,
                references));
  }

  /** Whether a covariance of so many features can be told of so many images. */
  static boolean isEnough(long images, int features) {
    return images > features;
  }

  /** Tr((S_1 S_2)^(1/2)). */
  private static double traceOfRoot(Moments a, Moments b) {
    Shape square = Shape.of(a.dimension(), a.dimension());
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph);
        Tensor first = Float64.tensor(square, a.covariance());
        Tensor second = Float64.tensor(square, b.covariance())) {
      Ops tf = NodeNames.ops(graph);
      Placeholder<TFloat64> s1 = tf.placeholder(TFloat64.class, Placeholder.shape(square));
      Placeholder<TFloat64> s2 = tf.placeholder(TFloat64.class, Placeholder.shape(square));
      Operand<TFloat64> trace = traceOfRoot(tf, s1, s2);
      try (Result result = session.runner().feed(s1, first).feed(s2, second).fetch(trace).run()) {
        return ((TFloat64) result.get(0)).getDouble();
      }
    }
  }

  private static Operand<TFloat64> traceOfRoot(Ops tf, Operand<TFloat64> s1, Operand<TFloat64> s2) {
    Operand<TFloat64> product =
        tf.linalg.matMul(factor(tf, s1), factor(tf, s2), MatMul.transposeA(true));
    Operand<TFloat64> singular = tf.linalg.svd(product, Svd.computeUv(false)).s();
    return tf.reduceSum(singular, tf.constant(0));
  }

  /**
   * F = V max(e, 0)^(1/2) with F F' = S: by rounding alone has a covariance eigenvalues below 0.
   */
  private static Operand<TFloat64> factor(Ops tf, Operand<TFloat64> s) {
    SelfAdjointEig<TFloat64> eigen = tf.linalg.selfAdjointEig(s);
    return tf.math.mul(eigen.v(), tf.math.sqrt(tf.math.maximum(eigen.e(), tf.constant(0.0))));
  }
}
