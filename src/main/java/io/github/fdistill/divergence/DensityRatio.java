package io.github.fdistill.divergence;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * The density ratio r = p_teacher / p_student of a batch, estimated by a discriminator, and the
 * weight h that a divergence gives each sample. No gradient flows through any of it.
 *
 * @param ratio [N], clipped, then divided by the mean of its noise bin where there are bins
 * @param weight [N], h(ratio), divided by its mean where that is asked
 * @param meanRatio mean r of the batch before bins; for the log, as are the next three
 * @param clippedShare share of the batch whose ratio was clipped
 * @param effectiveSampleShare (sum h)^2 / (N sum h^2): 1 when all samples weigh the same, 1/N when
 *     one weighs all
 * @param meanWeight mean h before it is divided
 * @param state the mean of each bin, 0 for a bin never seen; begins as zeros; none without bins
 * @param update assigns the means that {@code ratio} was divided by: a target of each training
 *     step; none without bins
 */
public record DensityRatio(
    Expr ratio,
    Expr weight,
    Expr meanRatio,
    Expr clippedShare,
    Expr effectiveSampleShare,
    Expr meanWeight,
    Optional<FloatVariable> state,
    Optional<Op> update) {

  /**
   * @param logitLimit L, the bound of the logits
   * @param ratioMin lowest ratio
   * @param ratioMax highest ratio
   * @param bins none: the ratio is not normalised
   * @param meanOne whether weights are divided by their mean
   */
  public record Settings(
      double logitLimit,
      double ratioMin,
      double ratioMax,
      Optional<RatioBins> bins,
      boolean meanOne) {
    public Settings {
      if (!(logitLimit > 0 && logitLimit <= 80)) {
        throw new InputException(
            "density ratio",
            "the bound of the logits is " + logitLimit,
            "a number above 0 and up to 80",
            "10 is the usual bound");
      }
      if (!(0 < ratioMin && ratioMin < 1 && 1 < ratioMax && Double.isFinite(ratioMax))) {
        throw new InputException(
            "density ratio",
            "the ratio is clipped to [" + ratioMin + ", " + ratioMax + "]",
            "0 < lowest < 1 < highest",
            "0.1 and 20 are the usual bounds");
      }
    }
  }

  /**
   * Adds the ratio to the graph. Every mean is over the N samples given.
   *
   * @param name prefix of the state's name
   * @param logits [N] of the discriminator, of the whole batch: log r where it is optimal
   * @param sigma [N] noise levels
   */
  public static DensityRatio build(
      Ops tf, String name, Expr logits, Expr sigma, FDivergence divergence, Settings settings) {
    Expr logit = logits.in(tf);

    // r = clip(exp(clip(logit, -L, L)), rMin, rMax)
    double limit = settings.logitLimit();
    Expr r = logit.clip(-limit, limit).exp().clip(settings.ratioMin(), settings.ratioMax());

    Optional<BinMeans> means =
        settings.bins().map(bins -> BinMeans.build(tf, name, bins, r, sigma));
    Expr ratio = means.isPresent() ? r.over(means.get().ofSample()) : r;

    Expr h = divergence.weight(ratio);
    Expr sumH = h.sum();
    Expr sumSquare = h.square().sum();
    Expr n = Expr.of(tf, tf.onesLike(h)).sum();
    Expr meanH = sumH.over(n);

    return new DensityRatio(
        ratio.stopGradient(),
        (settings.meanOne() ? h.over(meanH) : h).stopGradient(),
        r.mean().stopGradient(),
        clippedShare(logit, settings).stopGradient(),
        sumH.square().over(n.times(sumSquare)).stopGradient(),
        meanH.stopGradient(),
        means.map(BinMeans::state),
        means.map(BinMeans::update));
  }

  /** exp rises, so the two clips are one of the logit. */
  private static Expr clippedShare(Expr logit, Settings settings) {
    double low = Math.max(-settings.logitLimit(), Math.log(settings.ratioMin()));
    double high = Math.min(settings.logitLimit(), Math.log(settings.ratioMax()));
    Ops tf = logit.tf();
    return Expr.cast(tf, tf.math.notEqual(logit, logit.clip(low, high))).mean();
  }

  /**
   * The mean ratio of each noise bin.
   *
   * @param ofSample [N] the mean of each sample's bin, this batch included
   */
  private record BinMeans(Expr ofSample, FloatVariable state, Op update) {

    static BinMeans build(Ops tf, String name, RatioBins bins, Expr r, Expr sigma) {
      int k = bins.count();
      FloatVariable state = FloatVariable.create(tf, name + "/bin_means", Shape.of(k));

      Operand<TInt32> bin = tf.bucketize(sigma, bins.innerEdges());
      Expr member = Expr.of(tf, tf.oneHot(bin, tf.constant(k), tf.constant(1f), tf.constant(0f)));

      // Products and sums, no matrix product: a GPU would round its factors to 11 bits (TF32).
      Expr sum = r.reshape(-1, 1).times(member).sum(0);
      Expr n = member.sum(0);

      // Not above 0, and so keeping its old mean: a bin that the batch lacks, whose mean is 0 here,
      // and one with a ratio that is no number.
      Expr batchMean = Expr.of(tf, tf.math.divNoNan(sum, n));
      Expr zero = Expr.constant(tf, 0);
      Expr kept = state.read(tf);
      Expr old =
          bins.beginAtOne() ? kept.when(tf.math.greater(kept, zero), Expr.constant(tf, 1)) : kept;
      Expr averaged = old.times(bins.decay()).plus(batchMean.times(1 - bins.decay()));
      Expr current = averaged.when(tf.math.greater(old, zero), batchMean);
      Expr mean = current.when(tf.math.greater(batchMean, zero), old);

      Expr ofSample = Expr.of(tf, tf.gather(mean, bin, tf.constant(0)));
      return new BinMeans(ofSample, state, state.assign(tf, mean));
    }
  }
}
