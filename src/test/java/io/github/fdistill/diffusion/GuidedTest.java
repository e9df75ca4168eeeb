package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

class GuidedTest {
  private static final int CLASSES = 10;
  private static final Conditioning BY_CLASS = Conditioning.ofClasses(CLASSES);
  private static final double[] X = {1, -2, 0.5};
  private static final double[] SIGMA = {0.1, 1, 7};
  private static final int[] LABEL = {0, 4, 9};

  /** D = x (label + 1) + sigma^2, with the feature x label. */
  private static final Denoiser FAKE =
      (x, sigma, condition) -> {
        Expr number = Expr.cast(x.tf(), condition.label()).perImage();
        Expr denoised = x.times(number.plus(1)).plus(sigma.square().perImage());
        return new Denoiser.Pass(denoised, Map.of("map", x.times(number)));
      };

  private static Denoiser.Pass pass(TestGraph g, Denoiser denoiser) {
    Condition condition = Condition.ofLabel(g.tf.constant(LABEL));
    return denoiser.pass(g.constant(X).perImage(), g.constant(SIGMA), condition);
  }

  @Test
  void scaleOneIsNoGuidance() {
    try (TestGraph g = new TestGraph()) {
      Denoiser.Pass plain = pass(g, FAKE);
      Denoiser.Pass guided = pass(g, new Guided(FAKE, BY_CLASS, 1));
      assertArrayEquals(g.value(plain.denoised()), g.value(guided.denoised()), 1e-5f);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1.5, 4})
  void theDifferenceFromNoClassIsScaled(double scale) {
    try (TestGraph g = new TestGraph()) {
      float[] found = g.value(pass(g, new Guided(FAKE, BY_CLASS, scale)).denoised());
      for (int i = 0; i < X.length; i++) {
        double withClass = X[i] * (LABEL[i] + 1) + SIGMA[i] * SIGMA[i];
        double without = X[i] * (CLASSES + 1) + SIGMA[i] * SIGMA[i];
        double expected = withClass + (scale - 1) * (withClass - without);
        assertEquals(expected, found[i], 1e-5 * (10 + Math.abs(expected)));
      }
    }
  }

  @Test
  void featuresAreThoseWithTheClass() {
    try (TestGraph g = new TestGraph()) {
      float[] found = g.value(pass(g, new Guided(FAKE, BY_CLASS, 4)).features().get("map"));
      assertArrayEquals(g.value(pass(g, FAKE).features().get("map")), found);
    }
  }

  /** A student is trained through its guided teacher's input. */
  @Test
  void gradientsReachTheImages() {
    try (TestGraph g = new TestGraph()) {
      Expr x = g.constant(X).perImage();
      Condition condition = Condition.ofLabel(g.tf.constant(LABEL));
      Expr sum = new Guided(FAKE, BY_CLASS, 3).denoised(x, g.constant(SIGMA), condition).sum();
      Operand<TFloat32> gradient = g.tf.gradients(sum, java.util.List.of(x)).dy(0);
      float[] found = g.value(gradient);
      for (int i = 0; i < X.length; i++) {
        assertEquals(LABEL[i] + 1 + 2 * (LABEL[i] - CLASSES), found[i], 1e-4);
      }
    }
  }
}
