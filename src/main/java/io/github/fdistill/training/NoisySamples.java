package io.github.fdistill.training;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.expr.Expr;
import org.tensorflow.op.Ops;

/**
 * Samples of the student, each with noise at a level of its own.
 *
 * @param x [B,H,W,C]
 * @param sigma [B]
 * @param noisy x + sigma eps, [B,H,W,C]
 */
record NoisySamples(Expr x, Expr sigma, Expr noisy) {

  /** Of a batch, in a turn whose draws have this name among those of a step. */
  static NoisySamples of(Ops tf, StepInputs in, Roles nets, DistillConfig c, String turn) {
    return with(tf, in, c, turn, nets.samples().of(tf, in, turn));
  }

  /** The same, through which no gradient goes to the student. */
  static NoisySamples stopped(Ops tf, StepInputs in, Roles nets, DistillConfig c, String turn) {
    return with(tf, in, c, turn, nets.samples().of(tf, in, turn).stopGradient());
  }

  private static NoisySamples with(Ops tf, StepInputs in, DistillConfig c, String turn, Expr x) {
    Expr sigma = in.levels(tf, c.getNoise(), turn + "/sigma");
    Expr eps = in.normalImages(tf, turn + "/eps");
    return new NoisySamples(x, sigma, x.plus(eps.times(sigma.perImage())));
  }
}
