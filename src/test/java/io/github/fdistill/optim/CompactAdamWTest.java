package io.github.fdistill.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.optim.CompactAdamW.Form;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Beside AdamW in double precision, with the second moment of each weight or a factored one. */
class CompactAdamWTest {
  private static final Parameters PARAMETERS =
      new Parameters(
          List.of(
              new Parameter("matrix", Shape.of(6, 8)),
              new Parameter("bias", Shape.of(5)),
              new Parameter("kernel", Shape.of(2, 2, 3, 4))));
  private static final int LENGTH = 48 + 16 + 48;
  private static final AdamW.Settings USUAL = new AdamW.Settings(0.9, 0.999, 1e-8, 0.01, 0, false);

  /** A matrix in the vector: where it begins, and how many rows and columns; of a bias 1 row. */
  private record Block(int from, int rows, int columns) {}

  private static final List<Block> BLOCKS =
      List.of(new Block(0, 6, 8), new Block(48, 1, 5), new Block(64, 12, 4));

  private static final class Reference {
    final double[] w;
    final double[] m = new double[LENGTH];
    final double[] v = new double[LENGTH];
    int t;

    Reference(double[] w) {
      this.w = w.clone();
    }

    void update(float[] gradient, double rate, AdamW.Settings s, Form form) {
      t++;
      double norm = 0;
      for (float g : gradient) {
        norm += (double) g * g;
      }
      norm = Math.sqrt(norm);
      double scale = s.clipNorm() == 0 ? 1 : Math.min(1, s.clipNorm() / (norm + 1e-6));
      for (int i = 0; i < LENGTH; i++) {
        double g = gradient[i] * scale;
        m[i] = s.beta1() * m[i] + (1 - s.beta1()) * g;
        v[i] = s.beta2() * v[i] + (1 - s.beta2()) * g * g;
      }
      for (Block block : BLOCKS) {
        for (int i = 0; i < block.rows * block.columns; i++) {
          int at = block.from + i;
          // The mean of rows is linear: that of v is what a row's own moment would be.
          double second = form == Form.HALVED || block.rows == 1 ? v[at] : factored(block, i);
          double mHat = m[at] / (1 - Math.pow(s.beta1(), t));
          double vHat = second / (1 - Math.pow(s.beta2(), t));
          w[at] -= rate * (s.weightDecay() * w[at] + mHat / (Math.sqrt(vHat) + s.epsilon()));
        }
      }
    }

    private double factored(Block block, int i) {
      double row = 0;
      double column = 0;
      double all = 0;
      for (int j = 0; j < block.rows * block.columns; j++) {
        double each = v[block.from + j];
        row += j / block.columns == i / block.columns ? each / block.columns : 0;
        column += j % block.columns == i % block.columns ? each / block.rows : 0;
        all += each / (block.rows * block.columns);
      }
      return row * column / all;
    }
  }

  private static final class Fixture implements AutoCloseable {
    final TestGraph g = new TestGraph();
    final Placeholder<TFloat32> gradient =
        g.tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(LENGTH)));
    final Placeholder<TInt64> step =
        g.tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    final Placeholder<TFloat32> rate =
        g.tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    final FloatVariable weights = FloatVariable.create(g.tf, "net/weights", Shape.of(LENGTH));
    final CompactAdamW adam;
    private long steps;

    Fixture(AdamW.Settings settings, Form form, long run, double[] initial) {
      this(settings, form, run, initial, Set.of());
    }

    Fixture(AdamW.Settings settings, Form form, long run, double[] initial, Set<String> untrained) {
      adam =
          CompactAdamW.build(
              g.tf,
              "net",
              new CompactAdamW.Trained(weights, PARAMETERS, new WeightDecay(untrained)),
              Expr.of(g.tf, gradient),
              Expr.of(g.tf, rate),
              settings,
              new CompactAdamW.Kept(form, new Noise(3, step), run));
      g.load(weights, initial);
      variables().forEach(state -> g.run(state.clear(g.tf)));
    }

    List<FloatVariable> variables() {
      List<FloatVariable> all = new ArrayList<>(adam.moments());
      all.addAll(adam.counts());
      return all;
    }

    /** Makes an update, and tells the norm that it tells. */
    float update(float[] values, double learningRate) {
      Map<org.tensorflow.Operand<?>, Object> feeds = new HashMap<>();
      feeds.put(gradient, values);
      feeds.put(step, steps++);
      feeds.put(rate, (float) learningRate);
      return g.run(feeds, List.of(adam.update()), List.of(adam.gradientNorm())).get(0)[0];
    }

    /** Weights and moments, as bits. */
    List<Integer> bits() {
      List<FloatVariable> all = new ArrayList<>(adam.moments());
      all.add(weights);
      all.add(adam.counts().get(0));
      return g.bits(all);
    }

    @Override
    public void close() {
      g.close();
    }
  }

  private static double[] initial(Random random) {
    return inBlocks(random.doubles(LENGTH, -1, 1).toArray());
  }

  private static double[] inBlocks(double[] vector) {
    for (int i = 53; i < 64; i++) {
      vector[i] = 0;
    }
    return vector;
  }

  /** Of a size of its own for each weight, half of it the same in every update. */
  private static float[] gradient(Random random) {
    double[] g = new double[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      double size = Math.pow(10, i % 7 - 3);
      g[i] = size * (0.5 * Math.sin(i) + 0.5 * random.nextGaussian());
    }
    return TestGraph.floats(inBlocks(g));
  }

  /** How far ends lie apart, as a share of the way from the beginning. */
  private static double apart(double[] initial, double[] expected, float[] found) {
    double squares = 0;
    double way = 0;
    for (int i = 0; i < LENGTH; i++) {
      squares += Math.pow(expected[i] - found[i], 2);
      way += Math.pow(expected[i] - initial[i], 2);
    }
    return Math.sqrt(squares / way);
  }

  /**
   * A moment is off by at most 1/256 and in the mean by nothing, so updates are off by a part of
   * one in a hundred, this way and that: far less than a batch's gradient is off itself.
   */
  @ParameterizedTest
  @CsvSource({
    // form, beta1, beta2, epsilon, decay, clip, run
    "HALVED, 0.9, 0.999, 1e-8, 0.01, 0, 1",
    "HALVED, 0.9, 0.999, 1e-8, 0.01, 0, 10000",
    "HALVED, 0, 0.99, 1e-1, 0.5, 10, 1",
    "FACTORED, 0.9, 0.999, 1e-8, 0.01, 0, 1",
    "FACTORED, 0.9, 0.99, 1e-1, 0.5, 10, 10000",
    "FACTORED, 0, 0.999, 1e-8, 0.01, 0, 60"
  })
  void afterThreeHundredUpdatesTheWeightsAreWithinAHundredthOfTheWay(
      Form form, double beta1, double beta2, double epsilon, double decay, double clip, long run) {
    var settings = new AdamW.Settings(beta1, beta2, epsilon, decay, clip, false);
    Random random = new Random(1);
    double[] initial = initial(random);
    Reference reference = new Reference(initial);
    try (Fixture t = new Fixture(settings, form, run, initial)) {
      for (int step = 0; step < 300; step++) {
        float[] gradient = gradient(random);
        double rate = 0.01 / (1 + 0.01 * step);
        reference.update(gradient, rate, settings, form);
        t.update(gradient, rate);
      }
      double apart = apart(initial, reference.w, t.g.read(t.weights));
      assertTrue(apart < 0.01, "apart by " + apart);
      assertEquals(300, t.g.read(t.adam.counts().get(0))[0]);
    }
  }

  /** A gradient whose squares are a product of rows and columns is one that loses nothing. */
  @Test
  void factorsOfAProductAreTheMomentOfEachWeight() {
    var settings = new AdamW.Settings(0, 0.9, 1e-8, 0, 0, false);
    Random random = new Random(2);
    double[] initial = initial(random);
    Reference each = new Reference(initial);
    try (Fixture t = new Fixture(settings, Form.FACTORED, 1, initial)) {
      for (int step = 0; step < 20; step++) {
        double[] g = new double[LENGTH];
        double size = random.nextDouble() + 0.1;
        for (Block block : BLOCKS) {
          for (int i = 0; i < block.rows * block.columns; i++) {
            double factors = (1 + i / block.columns) * Math.pow(0.1, i % block.columns);
            g[block.from + i] = size * factors * (random.nextBoolean() ? 1 : -1);
          }
        }
        each.update(TestGraph.floats(g), 0.01, settings, Form.HALVED);
        t.update(TestGraph.floats(g), 0.01);
      }
      assertTrue(apart(initial, each.w, t.g.read(t.weights)) < 1e-4);
    }
  }

  /** Each update takes a thousandth away: less than bfloat16 can say of any number. */
  @Test
  void aSecondMomentInBfloat16StillFalls() {
    float[] large = TestGraph.floats(inBlocks(new Random(4).doubles(LENGTH, 1, 2).toArray()));
    try (Fixture t = new Fixture(USUAL, Form.HALVED, 10_000, new double[LENGTH])) {
      for (int i = 0; i < 10; i++) {
        t.update(large, 0);
      }
      double before = sumOfSecond(t);
      for (int i = 0; i < 1000; i++) {
        t.update(new float[LENGTH], 0);
      }
      assertEquals(Math.pow(0.999, 1000), sumOfSecond(t) / before, 0.02);
    }
  }

  private static double sumOfSecond(Fixture t) {
    FloatVariable held = t.adam.moments().get(1);
    assertEquals("net/v_0", held.name());
    double sum = 0;
    for (float each : t.g.value(Halves.read(t.g.tf, held.read(t.g.tf)))) {
      sum += each;
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource
  void aGradientThatIsNotFiniteChangesNoBitAndIsCounted(Form form) {
    Random random = new Random(3);
    float[] bad = gradient(random);
    bad[50] = Float.NaN;
    try (Fixture t = new Fixture(USUAL, form, 1, initial(random))) {
      for (int round = 0; round < 3; round++) {
        List<Integer> before = t.bits();
        t.update(bad, 0.01);
        assertEquals(before, t.bits());
        assertEquals(round + 1, t.g.read(t.adam.counts().get(1))[0]);
        t.update(gradient(random), 0.01);
      }
    }
  }

  /**
   * The others' update, and the norm that they are clipped by, are as if it had been 0; the norm
   * that is told is of the gradient as it came, whose memory the update takes.
   */
  @ParameterizedTest
  @EnumSource
  void anElementThatIsNoNumberMayCountAsZero(Form form) {
    var settings = new AdamW.Settings(0.9, 0.999, 0.1, 0, 1, true);
    Random random = new Random(5);
    double[] initial = initial(random);
    float[] none = gradient(random);
    float[] zeros = none.clone();
    float[] noNumbers = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    int[] places = {3, 50, 100};
    for (int i = 0; i < places.length; i++) {
      none[places[i]] = noNumbers[i];
      zeros[places[i]] = 0;
    }
    Reference reference = new Reference(initial);
    reference.update(zeros, 0.1, settings, form);
    try (Fixture t = new Fixture(settings, form, 60, initial)) {
      assertFalse(Float.isFinite(t.update(none, 0.1)));
      float[] found = t.g.read(t.weights);
      assertTrue(apart(initial, reference.w, found) < 0.01);
      for (int place : places) {
        assertEquals((float) initial[place], found[place]);
      }
      double norm = 0;
      for (float each : zeros) {
        norm += (double) each * each;
      }
      assertEquals(Math.sqrt(norm), t.update(zeros, 0.1), 1e-2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatDoesNotDecayStaysWithoutAGradient(Form form) {
    var settings = new AdamW.Settings(0.9, 0.999, 1e-8, 0.5, 0, false);
    double[] initial = initial(new Random(6));
    try (Fixture t = new Fixture(settings, form, 60, initial, Set.of("bias"))) {
      t.update(new float[LENGTH], 0.1);
      float[] found = t.g.read(t.weights);
      for (int i = 0; i < LENGTH; i++) {
        double kept = 48 <= i && i < 64 ? 1 : 0.95;
        assertEquals(kept * initial[i], found[i], 1e-6, "number " + i);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"HALVED, 0.9, 112", "HALVED, 0, 56", "FACTORED, 0.9, 91", "FACTORED, 0, 35"})
  void momentsTakeAsMuchAsCountedByHand(Form form, double beta1, long numbers) {
    var settings = new AdamW.Settings(beta1, 0.999, 1e-8, 0, 0, false);
    try (Fixture t = new Fixture(settings, form, 1, new double[LENGTH])) {
      // Halves of 112 numbers; rows 6 + 5 + 12, columns 8 + 4.
      assertEquals(numbers, t.adam.moments().stream().mapToLong(v -> v.shape().size()).sum());
    }
  }

  /** In runs, so that it takes less memory than the fused update, not more. */
  @ParameterizedTest
  @EnumSource
  void nothingIsAsLongAsTheWeightsButWhatLiesInTheGradientsMemory(Form form) {
    try (Fixture t = new Fixture(USUAL, form, 1, new double[LENGTH])) {
      Set<String> types = new HashSet<>();
      Graph graph = (Graph) t.g.tf.scope().env();
      for (Iterator<GraphOperation> all = graph.operations(); all.hasNext(); ) {
        GraphOperation op = all.next();
        for (int i = 0; i < op.numOutputs(); i++) {
          Shape shape = op.output(i).shape();
          if (!op.type().equals("Placeholder") && shape.numDimensions() > 0 && shape.size() > 48) {
            types.add(op.type());
          }
        }
      }
      assertEquals(Set.of("ReadVariableOp", "Reshape", "InplaceUpdate"), types);
    }
  }
}
