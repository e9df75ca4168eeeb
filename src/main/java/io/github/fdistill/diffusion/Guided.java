package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * Classifier-free guidance (Ho and Salimans 2022): D + (scale - 1)(D - D without condition), both
 * in one evaluation of twice the batch. Features are those of the evaluation with it.
 *
 * @param conditioning what the denoiser takes; says what there is where there is no condition
 * @param scale 1: no guidance
 */
public record Guided(Denoiser denoiser, Conditioning conditioning, double scale)
    implements Denoiser {

  /**
   * An evaluation with guidance and without.
   *
   * @param guided [N,H,W,C]
   * @param plain what the denoiser alone says under the condition
   */
  public record Passes(Expr guided, Pass plain) {}

  @Override
  public Pass pass(Expr x, Expr sigma, Condition condition) {
    Passes passes = passes(x, sigma, condition);
    return new Pass(passes.guided(), passes.plain().features());
  }

  /** Adds one evaluation to the graph; of scale 1, it is the denoiser's own. */
  public Passes passes(Expr x, Expr sigma, Condition condition) {
    if (scale == 1) {
      Pass plain = denoiser.pass(x, sigma, condition);
      return new Passes(plain.denoised(), plain);
    }
    Ops tf = x.tf();
    Condition conditions = condition.concat(tf, conditioning.none(tf, tf.shape(sigma)));
    Pass both = denoiser.pass(Expr.concat(0, x, x), Expr.concat(0, sigma, sigma), conditions);
    List<Expr> halves = both.denoised().parts(2);
    Expr guided = halves.get(0).plus(halves.get(0).minus(halves.get(1)).times(scale - 1));
    Map<String, Expr> features = new LinkedHashMap<>();
    both.features().forEach((name, map) -> features.put(name, map.parts(2).get(0)));
    return new Passes(guided, new Pass(halves.get(0), features));
  }
}
