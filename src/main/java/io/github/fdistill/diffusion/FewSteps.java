package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.StudentSampler;
import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A student of several steps, sigma_1 > ... > sigma_K:
 *
 * <pre>
 *   y_1 = sigma_1 z_1,   x_k = D(y_k; sigma_k, condition),
 *   y_(k+1) = x_k + sigma_(k+1) z_(k+1)                        renoised, or
 *   y_(k+1) = x_k + sigma_(k+1) / sigma_k (y_k - x_k)          deterministic,
 * </pre>
 *
 * and x_K is its image. Renoised: Song et al. 2023 (arXiv 2303.01469), algorithm 1, and DMD2 (arXiv
 * 2405.14867), section 4.4; deterministic: an Euler step of the probability flow.
 *
 * @param denoiser D, the same at every step
 * @param image [H,W,C]
 */
public record FewSteps(Denoiser denoiser, StudentSteps steps, Shape image) implements Generator {

  /** [K H,W,C], z_1 above z_2 and so on; [H,W,C] of a deterministic one. */
  @Override
  public Shape noise() {
    return noise(steps, image);
  }

  /** What {@link #noise()} is of such steps. */
  public static Shape noise(StudentSteps steps, Shape image) {
    return Shape.of(steps.noises() * image.get(0), image.get(1), image.get(2));
  }

  @Override
  public Expr sample(Expr z, Condition condition) {
    return samples(z, condition).get(steps.count() - 1);
  }

  @Override
  public List<Expr> samples(Expr z, Condition condition) {
    List<Expr> noise = parts(z);
    List<Expr> samples = new ArrayList<>();
    Expr noisy = noise.get(0).times(level(0));
    for (int k = 0; k < steps.count(); k++) {
      noisy = k == 0 ? noisy : next(k, noisy, samples.get(k - 1), noise);
      samples.add(evaluated(k, noisy, condition));
    }
    return samples;
  }

  /**
   * The image of each row after the step of its own, as {@link #sample} would have it there; what
   * it starts from is the student's own, through which no gradient goes.
   *
   * @param z as of a sample
   * @param step [N], whole numbers from 0 to K - 1
   */
  public Expr sampleAt(Expr z, Expr step, Condition condition) {
    List<Expr> noise = parts(z);
    Expr noisy = noise.get(0).times(level(0));
    Expr start = noisy;
    for (int k = 1; k < steps.count(); k++) {
      noisy = next(k, noisy, evaluated(k - 1, noisy, condition), noise);
      start = noisy.when(z.tf().math.equal(step.perImage(), constant(z.tf(), k)), start);
    }
    return denoiser.denoised(start.stopGradient(), levels(step), condition);
  }

  /**
   * The image of each row after the step of its own, from an image with noise in the place of the
   * student's own; the first step is from noise alone.
   *
   * @param images [N,H,W,C]
   * @param z N(0, 1), [N,H,W,C]
   * @param step [N], whole numbers from 0 to K - 1
   */
  public Expr sampleOf(Expr images, Expr z, Expr step, Condition condition) {
    Expr levels = levels(step);
    Expr noise = z.times(levels.perImage());
    Operand<TFloat32> zero = constant(z.tf(), 0);
    Expr start = noise.when(z.tf().math.equal(step.perImage(), zero), images.plus(noise));
    return denoiser.denoised(start, levels, condition);
  }

  private double level(int k) {
    return steps.levels().get(k);
  }

  private Expr evaluated(int k, Expr noisy, Condition condition) {
    return new OneStep(denoiser, level(k), image).from(noisy, condition);
  }

  /** y_k of what came before it. */
  private Expr next(int k, Expr noisy, Expr sample, List<Expr> noise) {
    return steps.sampler() == StudentSampler.RENOISE
        ? sample.plus(noise.get(k).times(level(k)))
        : sample.plus(noisy.minus(sample).times(level(k) / level(k - 1)));
  }

  private List<Expr> parts(Expr z) {
    Ops tf = z.tf();
    return tf.split(tf.constant(1), z, (long) steps.noises()).output().stream()
        .map(part -> Expr.of(tf, part))
        .toList();
  }

  /** The noise level of each row's step, [N]. */
  private Expr levels(Expr step) {
    Ops tf = step.tf();
    float[] all = new float[steps.count()];
    for (int k = 0; k < all.length; k++) {
      all[k] = (float) level(k);
    }
    Operand<TInt32> rows = tf.dtypes.cast(step, TInt32.class);
    return Expr.of(tf, tf.gather(tf.constant(all), rows, tf.constant(0)));
  }

  private static Operand<TFloat32> constant(Ops tf, int k) {
    return tf.constant((float) k);
  }
}
