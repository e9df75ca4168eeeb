package io.github.fdistill.training;

import io.github.fdistill.divergence.DensityRatio;
import io.github.fdistill.divergence.FDivergence;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * The weights h(r) of a batch. They are divided by means over the whole batch: where it is computed
 * in parts, log r of every part is found first.
 *
 * @param logRatio of the whole batch, before it is clipped
 * @param sigma noise levels of the whole batch
 * @param ratio of the whole batch
 * @param ofPart [B], the weights of this part
 * @param before the runs that find them, before any run that needs them, and first of all that
 *     which notes log r and sigma of a part; none for a batch of one part
 * @param scratch variables that need not outlive the step; they begin as zeros
 */
record BatchWeights(
    Expr logRatio,
    Expr sigma,
    DensityRatio ratio,
    Expr ofPart,
    List<Turn.Run> before,
    List<FloatVariable> scratch) {

  /**
   * Adds the weights of a part to the graph, and the runs that find them where there are several.
   *
   * @param logRatio [B], of a part
   * @param sigma [B]
   */
  static BatchWeights build(
      Ops tf,
      StepInputs in,
      Expr logRatio,
      Expr sigma,
      FDivergence divergence,
      DensityRatio.Settings settings) {
    if (in.parts() == 1) {
      DensityRatio ratio = DensityRatio.build(tf, "ratio", logRatio, sigma, divergence, settings);
      return new BatchWeights(logRatio, sigma, ratio, ratio.weight(), List.of(), List.of());
    }
    Shape batch = Shape.of(in.batchSize());
    FloatVariable logRatios = FloatVariable.create(tf, VariableNames.scratch("log_ratio"), batch);
    FloatVariable sigmas = FloatVariable.create(tf, VariableNames.scratch("sigma"), batch);
    FloatVariable weights = FloatVariable.create(tf, VariableNames.scratch("weight"), batch);
    Op noted =
        tf.withControlDependencies(
                List.of(
                    logRatios.assignRows(tf, in.rowNumbers(tf), logRatio),
                    sigmas.assignRows(tf, in.rowNumbers(tf), sigma)))
            .noOp();

    Expr allRatios = logRatios.read(tf);
    Expr allSigmas = sigmas.read(tf);
    List<Turn.Run> before =
        new ArrayList<>(List.of(Turn.Run.ofEachPart(noted, Map.of(), List.of(logRatio))));
    in.share()
        .summed(
            tf,
            List.of(
                Share.Summand.exact(logRatios, in.share().rowsAmongZeros(tf, in, allRatios)),
                Share.Summand.exact(sigmas, in.share().rowsAmongZeros(tf, in, allSigmas))))
        .ifPresent(before::add);
    DensityRatio ratio =
        DensityRatio.build(tf, "ratio", allRatios, allSigmas, divergence, settings);
    List<Op> found = new ArrayList<>(List.of(weights.assign(tf, ratio.weight())));
    ratio.update().ifPresent(found::add);
    before.add(Turn.Run.once(tf.withControlDependencies(found).noOp(), scalars(ratio)));
    return new BatchWeights(
        allRatios,
        allSigmas,
        ratio,
        in.ofPart(tf, weights.read(tf)).stopGradient(),
        before,
        List.of(logRatios, sigmas, weights));
  }

  /** What there is to say of the ratio. */
  static Map<Reading, Expr> scalars(DensityRatio ratio) {
    Map<Reading, Expr> scalars = new LinkedHashMap<>();
    scalars.put(Reading.RATIO, ratio.meanRatio());
    scalars.put(Reading.RATIO_CLIPPED, ratio.clippedShare());
    scalars.put(Reading.WEIGHT, ratio.meanWeight());
    scalars.put(Reading.EFFECTIVE_SAMPLE_SHARE, ratio.effectiveSampleShare());
    return scalars;
  }
}
