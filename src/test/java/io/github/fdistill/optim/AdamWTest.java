package io.github.fdistill.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class AdamWTest {
  private static final int SIZE = 7;

  /** PyTorch's AdamW in double precision. */
  private static final class Reference {
    final double[] w;
    final double[] m;
    final double[] v;
    int t;
    double norm;

    Reference(double[] w) {
      this.w = w.clone();
      m = new double[w.length];
      v = new double[w.length];
    }

    void update(float[] gradient, double rate, AdamW.Settings s) {
      t++;
      double squares = 0;
      for (float g : gradient) {
        squares += (double) g * g;
      }
      norm = Math.sqrt(squares);
      double scale = s.clipNorm() == 0 ? 1 : Math.min(1, s.clipNorm() / (norm + 1e-6));
      for (int i = 0; i < w.length; i++) {
        double g = gradient[i] * scale;
        w[i] -= rate * s.weightDecay() * w[i];
        m[i] = s.beta1() * m[i] + (1 - s.beta1()) * g;
        v[i] = s.beta2() * v[i] + (1 - s.beta2()) * g * g;
        double mHat = m[i] / (1 - Math.pow(s.beta1(), t));
        double vHat = v[i] / (1 - Math.pow(s.beta2(), t));
        w[i] -= rate * mHat / (Math.sqrt(vHat) + s.epsilon());
      }
    }
  }

  /** Weights with an update fed with gradient and rate. */
  private static final class Fixture implements AutoCloseable {
    final TestGraph g = new TestGraph();
    final Placeholder<TFloat32> gradient = g.vector();
    final Placeholder<TFloat32> rate =
        g.tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    final FloatVariable weights = FloatVariable.create(g.tf, "w", Shape.of(SIZE));
    final AdamW adam;

    Fixture(AdamW.Settings settings, double[] initial) {
      adam =
          AdamW.build(
              g.tf,
              "adam",
              weights,
              Gradient.of(Expr.of(g.tf, gradient)),
              Expr.of(g.tf, rate),
              settings,
              Expr.constant(g.tf, 1));
      g.load(weights, initial);
      adam.moments().forEach(state -> g.run(state.clear(g.tf)));
      adam.counts().forEach(state -> g.run(state.clear(g.tf)));
    }

    /** The norm that is told. */
    float update(float[] gradientValue, double rateValue) {
      return g.run(
              Map.of(gradient, gradientValue, rate, (float) rateValue),
              List.of(adam.update()),
              List.of(adam.gradientNorm()))
          .get(0)[0];
    }

    /** Weights and all state, as bits. */
    List<Integer> bits() {
      List<FloatVariable> all = new ArrayList<>(List.of(weights, adam.m(), adam.v()));
      all.add(adam.updates());
      return g.bits(all);
    }

    @Override
    public void close() {
      g.close();
    }
  }

  private static float[] gradient(Random random, double scale) {
    float[] gradient = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      gradient[i] = (float) (scale * random.nextGaussian());
    }
    return gradient;
  }

  /**
   * The others' update, and the norm that they are clipped by, are as if it had been 0; but the
   * norm that is told is none, so that it is seen.
   */
  @Test
  void anElementThatIsNoNumberMayCountAsZero() {
    var settings = new AdamW.Settings(0.9, 0.999, 1e-8, 0.01, 1, true);
    double[] initial = {1, -2, 3, -4, 5, -6, 7};
    Reference expected = new Reference(initial);
    try (Fixture t = new Fixture(settings, initial)) {
      float[] none = {Float.NaN, 2, Float.POSITIVE_INFINITY, -1, 0.5f, Float.NEGATIVE_INFINITY, 3};
      float[] zeros = {0, 2, 0, -1, 0.5f, 0, 3};
      float norm = t.update(none, 0.1);
      expected.update(zeros, 0.1, settings);
      assertFalse(Float.isFinite(norm), "" + norm);
      assertArrayEquals(new float[] {1}, t.g.read(t.adam.updates()), "it is made");
      assertArrayEquals(TestGraph.floats(expected.w), t.g.read(t.weights), 1e-5f);
      expected.update(zeros, 0.1, settings);
      assertEquals(expected.norm, t.update(zeros, 0.1), 1e-6);
      assertArrayEquals(TestGraph.floats(expected.w), t.g.read(t.weights), 1e-5f);
    }
  }

  @Test
  void whatDoesNotDecayStaysWithoutAGradient() {
    var settings = new AdamW.Settings(0.9, 0.999, 1e-8, 0.5, 0, false);
    try (TestGraph g = new TestGraph()) {
      FloatVariable weights = FloatVariable.create(g.tf, "w", Shape.of(3));
      Expr none = Expr.of(g.tf, g.tf.constant(new float[3]));
      Expr rate = Expr.constant(g.tf, 0.1);
      Expr decaying = Expr.of(g.tf, g.tf.constant(new float[] {1, 0, 1}));
      AdamW adam = AdamW.build(g.tf, "adam", weights, Gradient.of(none), rate, settings, decaying);
      g.load(weights, new double[] {1, -2, 3});
      adam.moments().forEach(state -> g.run(state.clear(g.tf)));
      adam.counts().forEach(state -> g.run(state.clear(g.tf)));
      g.run(Map.of(), List.of(adam.update()), List.of());
      assertArrayEquals(new float[] {0.95f, -2, 2.85f}, g.read(weights), 1e-6f);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // beta1, beta2, epsilon, decay, clip
    "0.9, 0.999, 1e-8, 0.01, 0",
    "0.9, 0.99, 1e-8, 0, 0",
    "0.9, 0.999, 1e-1, 0.5, 1",
    "0, 0.99, 1e-3, 0.1, 2",
    "0.5, 0.9, 1e-3, 0, 0"
  })
  void fiftyUpdatesAreThoseOfPyTorchsFormula(
      double beta1, double beta2, double epsilon, double decay, double clip) {
    var settings = new AdamW.Settings(beta1, beta2, epsilon, decay, clip, false);
    Random random = new Random(1);
    double[] initial = random.doubles(SIZE, -1, 1).toArray();
    Reference reference = new Reference(initial);
    try (Fixture t = new Fixture(settings, initial)) {
      for (int step = 0; step < 50; step++) {
        float[] gradient = gradient(random, 0.7);
        double rate = 0.02 / (1 + 0.1 * step);
        reference.update(gradient, rate, settings);
        assertEquals(reference.norm, t.update(gradient, rate), 1e-5 * reference.norm);
        assertArrayEquals(TestGraph.floats(reference.w), t.g.read(t.weights), 5e-6f);
      }
      assertArrayEquals(TestGraph.floats(reference.m), t.g.read(t.adam.m()), 1e-6f);
      assertArrayEquals(TestGraph.floats(reference.v), t.g.read(t.adam.v()), 2e-5f);
      assertArrayEquals(new float[] {50}, t.g.read(t.adam.updates()));
      assertArrayEquals(new float[] {0}, t.g.read(t.adam.skipped()));
    }
  }

  /** Where epsilon is all that divides, its place in the formula decides the update. */
  @Test
  void epsilonStandsBesideTheBiasCorrectedRoot() {
    var settings = new AdamW.Settings(0.9, 0.999, 1e-3, 0, 0, false);
    double[] initial = new double[SIZE];
    Reference reference = new Reference(initial);
    Random random = new Random(2);
    try (Fixture t = new Fixture(settings, initial)) {
      for (int step = 0; step < 50; step++) {
        float[] gradient = gradient(random, 1e-4);
        reference.update(gradient, 0.01, settings);
        t.update(gradient, 0.01);
        float[] w = t.g.read(t.weights);
        for (int i = 0; i < SIZE; i++) {
          assertEquals(reference.w[i], w[i], 1e-4 * Math.abs(reference.w[i]) + 1e-8);
        }
      }
    }
  }

  /**
   * mHat / sqrt(vHat) of one gradient is its sign, whatever its size and however betas round to
   * float32.
   */
  @Test
  void theFirstUpdateMovesEachWeightByTheLearningRate() {
    try (Fixture t =
        new Fixture(new AdamW.Settings(0.9, 0.9999, 1e-20, 0, 0, false), new double[SIZE])) {
      float[] gradient = {1, -1, 1e-3f, -1e-3f, 30, 1e-5f, -7};
      t.update(gradient, 0.01);
      float[] w = t.g.read(t.weights);
      for (int i = 0; i < SIZE; i++) {
        assertEquals(-0.01 * Math.signum(gradient[i]), w[i], 1e-8);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e19f})
  void aGradientThatIsNotFiniteChangesNoBitAndIsCounted(float bad) {
    var settings = new AdamW.Settings(0.9, 0.999, 1e-8, 0.1, 1, false);
    Random random = new Random(3);
    double[] initial = random.doubles(SIZE, -1, 1).toArray();
    float[] badGradient = gradient(random, 1);
    badGradient[2] = bad;
    try (Fixture t = new Fixture(settings, initial)) {
      // Before the first update, and after some.
      for (int round = 0; round < 3; round++) {
        List<Integer> before = t.bits();
        t.update(badGradient, 0.01);
        assertEquals(before, t.bits());
        assertArrayEquals(new float[] {round + 1}, t.g.read(t.adam.skipped()));
        t.update(gradient(random, 1), 0.01);
      }
    }
  }

  @Test
  void aRunWithSkippedUpdatesEqualsOneWithoutThem() {
    var settings = new AdamW.Settings(0.9, 0.999, 1e-8, 0.1, 0, false);
    double[] initial = new Random(4).doubles(SIZE, -1, 1).toArray();
    float[] nan = new float[SIZE];
    nan[0] = Float.NaN;
    try (Fixture plain = new Fixture(settings, initial);
        Fixture skipping = new Fixture(settings, initial)) {
      Random random = new Random(5);
      for (int step = 0; step < 10; step++) {
        float[] gradient = gradient(random, 1);
        plain.update(gradient, 0.01);
        skipping.update(nan, 0.01);
        skipping.update(gradient, 0.01);
      }
      assertEquals(plain.bits(), skipping.bits());
    }
  }

  /** The gradient is a function of the weights in the graph: it is taken before they change. */
  @Test
  void aLossOfTheWeightsFallsToItsMinimum() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable w = FloatVariable.create(g.tf, "w", Shape.of(3));
      g.load(w, 0, 0, 0);
      Expr loss = w.read(g.tf).minus(g.constant(1, -2, 3)).square().sum();
      Expr gradient = Expr.of(g.tf, g.tf.gradients(loss, List.of(w.handle())).dy(0));
      AdamW adam =
          AdamW.build(
              g.tf,
              "adam",
              w,
              Gradient.of(gradient),
              Expr.constant(g.tf, 0.05),
              new AdamW.Settings(0.9, 0.999, 1e-8, 0, 0, false),
              Expr.constant(g.tf, 1));
      adam.moments().forEach(state -> g.run(state.clear(g.tf)));
      adam.counts().forEach(state -> g.run(state.clear(g.tf)));
      for (int step = 0; step < 500; step++) {
        g.run(adam.update());
      }
      assertArrayEquals(new float[] {1, -2, 3}, g.read(w), 1e-2f);
    }
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    assertThrows(InputException.class, () -> new AdamW.Settings(1, 0.999, 1e-8, 0, 0, false));
    assertThrows(
        InputException.class, () -> new AdamW.Settings(0.9, Double.NaN, 1e-8, 0, 0, false));
    assertThrows(InputException.class, () -> new AdamW.Settings(0.9, 0.999, 0, 0, 0, false));
    assertThrows(InputException.class, () -> new AdamW.Settings(0.9, 0.999, 1e-8, -1, 0, false));
    assertThrows(InputException.class, () -> new AdamW.Settings(0.9, 0.999, 1e-8, 0, -1, false));
  }
}
