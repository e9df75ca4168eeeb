package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Condition;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.network.DenoiserModel;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;

/**
 * log r of a teacher that knows its density: log p_sigma(x), the teacher's own, less
 *
 * <p>log q_sigma(x) = log 1/M sum_j N(x; x_j, sigma^2 I),
 *
 * <p>a mean over M fresh samples x_j of the student: q_sigma(x) itself in expectation.
 * Unconditional only. It needs M large against the volume that the samples fill, in kernels of
 * width sigma.
 *
 * @param samples M
 * @param image [H,W,C]
 */
record ExactRatio(Noise noise, Generator student, int samples, Shape image)
    implements Roles.LogRatio {

  /**
   * Refuses a teacher that does not know its density.
   *
   * @throws InputException with a remedy
   */
  static void requireKnown(DenoiserModel teacher) {
    if (!isKnown(teacher)) {
      throw new InputException(
          "field ratio.source: EXACT",
          teacher.origin() + " has no output log_density",
          "a teacher that knows its density, such as graphs/mixture/ring.pbtxt",
          "take ratio.source DISCRIMINATOR");
    }
  }

  /** Whether a teacher knows its density. */
  static boolean isKnown(DenoiserModel teacher) {
    return teacher.function().outputs().containsKey(DenoiserModel.LOG_DENSITY);
  }

  @Override
  public Expr of(Expr xNoisy, Expr sigma, Denoiser.Pass teacher, Expr logits) {
    Ops tf = xNoisy.tf();
    int[] shape = StepInputs.shape(samples, student.noise());
    Expr z = noise.normal(tf, "student/others", shape);
    Expr others = student.sample(z, Condition.NONE).stopGradient();
    Expr logTeacher = teacher.features().get(DenoiserModel.LOG_DENSITY).reshape(-1);
    return logTeacher.minus(logDensity(xNoisy, sigma, others)).stopGradient();
  }

  /** log 1/M sum_j N(x; x_j, sigma^2 I), [N]. */
  private Expr logDensity(Expr x, Expr sigma, Expr centres) {
    long values = image.size();
    Expr offset = x.reshape(-1, 1, values).minus(centres.reshape(1, -1, values)); // [N,M,D]
    Expr variance = sigma.square();
    Expr exponents = offset.square().sum(2).over(variance.times(-2).reshape(-1, 1));
    Expr scale = variance.times(2 * Math.PI).log().times(0.5 * values);
    return exponents.logSumExp().minus(scale).minus(Math.log(samples));
  }
}
