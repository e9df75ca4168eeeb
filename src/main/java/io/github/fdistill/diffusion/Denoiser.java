package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

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
  record Pass(Expr denoised, Map<String, Expr> features) {

    /**
     * The passes of some rows each as that of all.
     *
     * @param passes with features of the same names
     * @param rows from the rows of each to all of them
     */
    public static Pass joined(List<Pass> passes, Function<List<Expr>, Expr> rows) {
      Map<String, Expr> features = new LinkedHashMap<>();
      for (String name : passes.get(0).features().keySet()) {
        features.put(name, rows.apply(passes.stream().map(p -> p.features().get(name)).toList()));
      }
      return new Pass(rows.apply(passes.stream().map(Pass::denoised).toList()), features);
    }
  }

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
