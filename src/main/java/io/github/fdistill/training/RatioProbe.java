package io.github.fdistill.training;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * What a student's step would see in fresh samples of the student, noised to fresh levels, beside
 * the truth: of a teacher that knows its density. No weight changes.
 */
public final class RatioProbe {
  /** Samples in one reading. */
  public static final int ROWS = 2048;

  /** Samples of the student that its density is a mean over. */
  private static final int EXACT_SAMPLES = 8192;

  private final Session session;
  private final StepInputs in;
  private final List<Expr> fetches;

  /**
   * What a probe found of N samples.
   *
   * @param sigma [N], noise levels as the run draws them
   * @param logits [N], the discriminator's: its estimate of log r
   * @param logRatio [N], log p_sigma(x) - log q_sigma(x)
   * @param signal [N,D], the gradient by a sample before it is weighted: (fake - real) / scale
   */
  public record Readings(float[] sigma, float[] logits, float[] logRatio, float[] signal) {}

  private RatioProbe(Session session, StepInputs in, List<Expr> fetches) {
    this.session = session;
    this.in = in;
    this.fetches = fetches;
  }

  static RatioProbe build(
      Ops tf, Session session, Roles nets, StepInputs in, DistillConfig c, Shape image) {
    Operand<TInt32> rows = tf.constant(new int[] {ROWS});
    Expr z = in.noise().normal(tf, "probe/z", StepInputs.shape(ROWS, nets.student().noise()));
    Expr x = nets.student().sample(z, Condition.NONE);
    Expr sigma = Choices.noise(c.getNoise()).sample(tf, in.noise(), "probe/sigma", rows);
    Expr eps = in.noise().normal(tf, "probe/eps", StepInputs.shape(ROWS, image));
    Expr xNoisy = Noised.of(x, sigma, eps).noisy();

    Denoiser.Pass teacher = nets.teacher().pass(xNoisy, sigma, Condition.NONE);
    Denoiser.Pass fakeScore = nets.fakeScore().pass(xNoisy, sigma, Condition.NONE);
    boolean onTeacher = DiscriminatorFeatures.areOfTeacher(c.getDiscriminator());
    Expr logits =
        nets.discriminator().logits(xNoisy, onTeacher ? teacher : fakeScore).mean().reshape(-1);
    Expr exact =
        new ExactRatio(in.noise(), nets.student(), EXACT_SAMPLES, image)
            .of(xNoisy, sigma, teacher, logits);
    Expr scale = StudentStep.scale(c, x, teacher.denoised(), sigma);
    Expr signal = fakeScore.denoised().minus(teacher.denoised()).over(scale);
    return new RatioProbe(session, in, List.of(sigma, logits, exact, signal));
  }

  /**
   * A reading of {@link #ROWS} samples.
   *
   * @param number the draws are a function of the run's seed and this
   */
  public Readings read(long number) {
    try (TInt64 step = TInt64.scalarOf(number)) {
      Session.Runner runner = session.runner().feed(in.step(), step);
      fetches.forEach(runner::fetch);
      try (Result result = runner.run()) {
        return new Readings(
            floats(result, 0), floats(result, 1), floats(result, 2), floats(result, 3));
      }
    }
  }

  private static float[] floats(Result result, int i) {
    return TensorBundle.floats((TFloat32) result.get(i));
  }
}
