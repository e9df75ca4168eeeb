package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import java.util.Map;

/**
 * D(x; sigma, condition), an estimate of E[x0 | x] for x = x0 + sigma noise: what every diffusion
 * model becomes here, whatever it was trained to predict.
 */
@FunctionalInterface
public interface Denoiser {

  /**
   * What one evaluation gives.
   *
   * @param denoised [N,H,W,C]
   * @param features interior feature maps by name, [N,h,w,c]; may be empty
   */
  record Pass(Expr denoised, Map<String, Expr> features) {}

  /**
   * Adds one evaluation to the graph.
   *
   * @param x [N,H,W,C], data units
   * @param sigma [N], positive
   * @param condition what the images are of, a row for each
   */
  Pass pass(Expr x, Expr sigma, Condition condition);

  /** The denoised images alone, [N,H,W,C]. */
  default Expr denoised(Expr x, Expr sigma, Condition condition) {
    return pass(x, sigma, condition).denoised();
  }
}
