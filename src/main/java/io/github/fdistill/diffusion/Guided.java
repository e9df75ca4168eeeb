package io.github.fdistill.diffusion;

import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * Classifier-free guidance (Ho and Salimans 2022): D + (scale - 1)(D - D without class), both in
 * one evaluation of twice the batch. Features are those of the evaluation with the class.
 *
 * @param denoiser knows the label {@code classes} as "no class"
 * @param scale 1: no guidance
 */
public record Guided(Denoiser denoiser, int classes, double scale) implements Denoiser {

  /**
   * An evaluation with guidance and without.
   *
   * @param guided [N,H,W,C]
   * @param plain what the denoiser alone says of the class
   */
  public record Passes(Expr guided, Pass plain) {}

  @Override
  public Pass pass(Expr x, Expr sigma, Operand<TInt32> label) {
    Passes passes = passes(x, sigma, label);
    return new Pass(passes.guided(), passes.plain().features());
  }

  /** Adds one evaluation to the graph; of scale 1, it is the denoiser's own. */
  public Passes passes(Expr x, Expr sigma, Operand<TInt32> label) {
    if (scale == 1) {
      Pass plain = denoiser.pass(x, sigma, label);
      return new Passes(plain.denoised(), plain);
    }
    Ops tf = x.tf();
    Operand<TInt32> none = tf.fill(tf.shape(label), tf.constant(classes));
    Operand<TInt32> labels = tf.concat(List.of(label, none), tf.constant(0));
    Pass both = denoiser.pass(Expr.concat(0, x, x), Expr.concat(0, sigma, sigma), labels);
    List<Expr> halves = both.denoised().parts(2);
    Expr guided = halves.get(0).plus(halves.get(0).minus(halves.get(1)).times(scale - 1));
    Map<String, Expr> features = new LinkedHashMap<>();
    both.features().forEach((name, map) -> features.put(name, map.parts(2).get(0)));
    return new Passes(guided, new Pass(halves.get(0), features));
  }
}
