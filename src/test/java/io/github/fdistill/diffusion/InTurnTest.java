package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InTurnTest {
  private static final double[] X = {1, -2, 0.5, 4, -1, 3};
  private static final double[] SIGMA = {0.1, 1, 7, 2, 0.5, 80};
  private static final int[] LABEL = {0, 4, 9, 1, 1, 3};

  /** D = w x (label + 1) + sigma^2, with the feature x - label. */
  private static Denoiser of(Expr w) {
    return (x, sigma, condition) -> {
      Expr number = Expr.cast(x.tf(), condition.label()).perImage();
      Expr denoised = x.times(w).times(number.plus(1)).plus(sigma.square().perImage());
      return new Denoiser.Pass(denoised, Map.of("map", x.minus(number)));
    };
  }

  @Test
  void rowsAreDealtOutAndComeBackInTheirOrder() {
    for (int networks : new int[] {2, 3, 6}) {
      try (TestGraph g = new TestGraph()) {
        List<Denoiser> each =
            List.of(2, 3, 5, 7, 11, 13).subList(0, networks).stream()
                .map(w -> of(g.constant(w)))
                .toList();
        Denoiser.Pass pass =
            InTurn.of(each)
                .pass(
                    g.constant(X).perImage(),
                    g.constant(SIGMA),
                    Condition.ofLabel(g.tf.constant(LABEL)));
        float[] denoised = g.value(pass.denoised());
        float[] map = g.value(pass.features().get("map"));
        double[] w = {2, 3, 5, 7, 11, 13};
        for (int i = 0; i < X.length; i++) {
          double expected = w[i % networks] * X[i] * (LABEL[i] + 1) + SIGMA[i] * SIGMA[i];
          assertEquals(expected, denoised[i], 1e-3);
          assertEquals(X[i] - LABEL[i], map[i], 1e-6);
        }
      }
    }
  }

  /** d sum D / d w_k = sum over i = k mod K of x_i (label_i + 1). */
  @Test
  void eachNetworkLearnsOfItsOwnRows() {
    try (TestGraph g = new TestGraph()) {
      List<Expr> w = List.of(g.constant(2), g.constant(3), g.constant(5));
      Expr loss =
          InTurn.of(w.stream().map(InTurnTest::of).toList())
              .denoised(
                  g.constant(X).perImage(),
                  g.constant(SIGMA),
                  Condition.ofLabel(g.tf.constant(LABEL)))
              .sum();
      for (int k = 0; k < 3; k++) {
        double expected = X[k] * (LABEL[k] + 1) + X[k + 3] * (LABEL[k + 3] + 1);
        float[] found = g.value(g.tf.gradients(loss, List.of(w.get(k))).dy(0));
        assertEquals(expected, found[0], 1e-5);
      }
    }
  }

  @Test
  void oneIsTheNetworkItself() {
    Denoiser one = (x, sigma, condition) -> null;
    assertSame(one, InTurn.of(List.of(one)));
  }
}
