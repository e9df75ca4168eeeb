package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;

/**
 * The terms in which a network speaks of noise, and the denoiser D(x; sigma) that it is in ours.
 *
 * <p>Its data are y = scale x + shift for our x in [-1, 1], so that its noise level is scale sigma;
 * it is shown y_t = alpha y with the time t, both of that level.
 *
 * @param schedule of its noise
 * @param prediction what it says
 * @param low what -1 is in its data
 * @param high what 1 is
 */
public record Convention(NoiseSchedule schedule, Prediction prediction, double low, double high) {

  /**
   * Refuses a prediction and a range that are none.
   *
   * @throws InputException when the prediction is not defined on such noisy data, or the range is
   *     none
   */
  public Convention {
    if (!prediction.fits(schedule)) {
      boolean v = prediction == Prediction.V;
      throw new InputException(
          "noise schedule",
          "a network that predicts "
              + prediction
              + (v ? ", where variance is not preserved" : ", not on a flow"),
          v ? "V on a schedule ddpm, vp, iddpm or log_snr" : "VELOCITY on a schedule flow",
          "name what the network was trained to predict: DENOISED, EPSILON and SCORE fit every"
              + " schedule");
    }
    if (!(low < high && Double.isFinite(high - low))) {
      throw new InputException(
          "range of the data",
          "from " + low + " to " + high,
          "low < high",
          "0 and 255 for bytes, 0 and 1, or -1 and 1");
    }
  }

  private double scale() {
    return (high - low) / 2;
  }

  /** y = scale x + shift. */
  private Expr data(Expr x) {
    return x.times(scale()).plus((high + low) / 2);
  }

  /**
   * What the network is shown: y_t = alpha y, [N,H,W,C].
   *
   * @param x [N,H,W,C], our data units
   * @param sigma [N]
   */
  public Expr shown(Expr x, Expr sigma) {
    return data(x).times(schedule.alpha(level(sigma).perImage()));
  }

  /** What the network is told of the noise: t, [N]. */
  public Expr time(Expr sigma) {
    return schedule.time(level(sigma));
  }

  /**
   * D(x; sigma), [N,H,W,C].
   *
   * @param x [N,H,W,C], our data units
   * @param said F(y_t, t), [N,H,W,C]
   * @param sigma [N]
   */
  public Expr denoised(Expr x, Expr said, Expr sigma) {
    Expr y = prediction.denoised(data(x), said, level(sigma).perImage(), schedule);
    return y.minus((high + low) / 2).over(scale());
  }

  /** Our sigma in the network's data units. */
  private Expr level(Expr sigma) {
    return sigma.times(scale());
  }

  /** The least noise that the network has a time for, in our data units. */
  public double sigmaMin() {
    return schedule.sigmaMin() / scale();
  }

  /** The most noise that the network has a time for, in our data units; may be infinite. */
  public double sigmaMax() {
    return schedule.sigmaMax() / scale();
  }
}
