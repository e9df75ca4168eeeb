package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.OptimiserConfig.Schedule;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.data.Batches;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

/** Each setting of an optimiser comes to its place in the formula: by how weights move. */
class TrainableTest {
  private static final int SIZE = 16;
  private static final long FIRST = 10;
  private static final long END = 20;

  /** Weights of several networks, all in one graph. */
  private static final class Fixture implements AutoCloseable {
    final TestGraph g = new TestGraph();
    final State state = Tiny.state(g.tf);
    final StepInputs in;
    private int made;

    Fixture() {
      this(1);
    }

    /** With a batch of so many parts, of one image each. */
    Fixture(int parts) {
      in = Tiny.inputs(g.tf, parts, parts, Shape.of(1, 1, 1), Conditioning.NONE, 5);
    }

    /** Weights that are all alike at first, and an update of them. */
    Trained trained(
        float first,
        OptimiserConfig.Builder optimiser,
        int batches,
        Optional<FloatVariable> factor,
        Function<Expr, Expr> loss,
        AverageConfig... averages) {
      float[] values = new float[SIZE];
      Arrays.fill(values, first);
      Trainable trainable =
          Trainable.create(
              g.tf, state, "net_" + made++, WeightArrays.vector(values), optimiser.build());
      Trainable.Minimising how =
          new Trainable.Minimising(
              g.tf, state, in, new Span(FIRST, END), batches, factor, Recompute.NOTHING);
      Trainable.Update update =
          trainable.minimise(how, loss.apply(trainable.weights()), List.of(averages));
      return new Trained(trainable.variable(), update, batches);
    }

    float[] values(FloatVariable variable) {
      return g.value(state.read(variable));
    }

    /** The update in the last batch of a step. */
    void update(Trained trained, long step) {
      long batch = step * trained.batches + trained.batches - 1;
      g.run(Map.of(in.step(), batch), List.of(trained.update.apply()), List.of());
    }

    /** By one gradient all along an update of Adam moves each weight by the rate. */
    void assertRates(Trained trained, LongToDoubleFunction rate, long... steps) {
      for (long step : steps) {
        float before = values(trained.weights)[0];
        update(trained, step);
        float moved = before - values(trained.weights)[0];
        assertEquals(rate.applyAsDouble(step - FIRST), moved, 1e-6, "step " + step);
      }
    }

    @Override
    public void close() {
      g.close();
    }
  }

  private record Trained(FloatVariable weights, Trainable.Update update, int batches) {}

  private static OptimiserConfig.Builder scheduled(Schedule schedule, long warmUp) {
    return OptimiserConfig.newBuilder()
        .setLearningRate(0.1)
        .setWeightDecay(0)
        .setSchedule(schedule)
        .setWarmupSteps(warmUp);
  }

  @Test
  void theRateIsThatOfTheScheduleOverItsSpanOfSteps() {
    try (Fixture t = new Fixture()) {
      FloatVariable half = t.state.trained(t.g.tf, "factor", 0.5f);
      OptimiserConfig.Builder falling = scheduled(Schedule.COSINE, 3).setFinalRate(0.02);
      Trained cosine = t.trained(0, falling, 2, Optional.of(half), Expr::sum);
      OptimiserConfig.Builder rising = scheduled(Schedule.COSINE, 20);
      Trained within = t.trained(0, rising, 1, Optional.empty(), Expr::sum);
      Trained level = t.trained(0, scheduled(Schedule.CONSTANT, 4), 1, Optional.empty(), Expr::sum);
      OptimiserConfig.Builder root = scheduled(Schedule.INVERSE_SQRT, 0).setReferenceSteps(4);
      Trained slowing = t.trained(0, root, 1, Optional.empty(), Expr::sum);
      t.state.initialise(t.g.session());

      t.assertRates(
          cosine,
          step -> {
            double share = Math.max(0, Math.min(1, (step - 3) / 7.0));
            double rate = 0.02 + 0.08 * (1 + Math.cos(Math.PI * share)) / 2;
            return 0.5 * rate * Math.min(1, (step + 1) / 3.0);
          },
          10,
          11,
          12,
          14,
          17,
          19,
          25);
      t.assertRates(within, step -> 0.1 * (step + 1) / 20, 10, 15, 19);
      t.assertRates(level, step -> 0.1 * Math.min(1, (step + 1) / 4.0), 10, 12, 13, 19);
      t.assertRates(slowing, step -> 0.1 / Math.sqrt(Math.max(1, step / 4.0)), 10, 14, 16, 19);
    }
  }

  /** Two updates, of which the second is clipped; and two averages of the weights. */
  @Test
  void theOtherSettingsAreThoseOfAdamAndOfTheAverages() {
    OptimiserConfig.Builder settings =
        scheduled(Schedule.CONSTANT, 0)
            .setBeta1(0.5)
            .setBeta2(0.9)
            .setEpsilon(0.2)
            .setWeightDecay(0.3)
            .setClipNorm(0.4);
    AverageConfig.Builder average = AverageConfig.newBuilder().setDecay(0.9);
    AverageConfig ofBatches = average.clone().setEveryBatch(true).setRamp(false).build();
    try (Fixture t = new Fixture()) {
      Expr size = t.in.runStep(t.g.tf, 2).times(0.45).plus(0.05);
      Trained trained =
          t.trained(
              2,
              settings,
              2,
              Optional.empty(),
              weights -> weights.sum().times(size),
              ofBatches,
              average.build());
      t.state.initialise(t.g.session());
      double w = 2;
      double m = 0;
      double v = 0;
      double byBatches = 2;
      double onRamp = 2;
      for (int step = 0; step < 2; step++) {
        t.update(trained, step);
        double found = 0.05 + 0.45 * step;
        double g = found * Math.min(1, 0.4 / (found * Math.sqrt(SIZE) + 1e-6));
        w -= 0.1 * 0.3 * w;
        m = 0.5 * m + 0.5 * g;
        v = 0.9 * v + 0.1 * g * g;
        double mHat = m / (1 - Math.pow(0.5, step + 1));
        double vHat = v / (1 - Math.pow(0.9, step + 1));
        w -= 0.1 * mHat / (Math.sqrt(vHat) + 0.2);
        byBatches += (w - byBatches) * (1 - 0.9 * 0.9);
        onRamp += (w - onRamp) * (1 - (1.0 + step) / (10 + step));
        assertEquals(w, t.values(trained.weights)[5], 2e-6, "step " + step);
      }
      List<FloatVariable> averages = trained.update.averages();
      assertEquals(byBatches, t.values(averages.get(0))[5], 2e-6);
      assertEquals(onRamp, t.values(averages.get(1))[5], 2e-6);
    }
  }

  @Test
  void whetherNoNumberCountsAsZeroIsSaidInTheSettings() {
    float[] gradient = new float[SIZE];
    Arrays.fill(gradient, 1);
    gradient[3] = Float.NaN;
    gradient[9] = Float.NEGATIVE_INFINITY;
    try (Fixture t = new Fixture()) {
      Function<Expr, Expr> loss = weights -> weights.times(t.g.tf.constant(gradient)).sum();
      OptimiserConfig.Builder counted = scheduled(Schedule.CONSTANT, 0).setNonfiniteAsZero(true);
      Trained made = t.trained(1, counted, 1, Optional.empty(), loss);
      Trained skipped = t.trained(1, scheduled(Schedule.CONSTANT, 0), 1, Optional.empty(), loss);
      t.state.initialise(t.g.session());
      t.update(made, 0);
      t.update(skipped, 0);
      float[] expected = new float[SIZE];
      Arrays.fill(expected, 1);
      assertArrayEquals(expected, t.values(skipped.weights));
      Arrays.fill(expected, 0.9f);
      expected[3] = 1;
      expected[9] = 1;
      assertArrayEquals(expected, t.values(made.weights), 1e-6f);
    }
  }

  /** What is added up is zeros again by the time that somebody asks. */
  @Test
  void ofAGradientInPartsTheTensorIsNamedThatIsNoNumber() {
    try (Fixture t = new Fixture(2)) {
      Function<Expr, Expr> zero = weights -> weights.minus(1).square().sum().sqrt();
      Trained lost = t.trained(1, scheduled(Schedule.CONSTANT, 0), 1, Optional.empty(), zero);
      t.state.initialise(t.g.session());
      Expr norm = lost.update.gradientNorm();
      List<Turn.Run> runs =
          Turn.runs(
              t.g.tf,
              t.in,
              List.of(lost.update),
              List.of(),
              Map.of(Reading.LOSS, Expr.constant(t.g.tf, 0)),
              Map.of(Reading.GRADIENT_NORM, norm));
      Batches batches = new Batches(PlainImages.of(4, 1, 1, 1), 2, 1);
      List<List<Turn>> step = List.of(List.of(new Turn(Turn.Kind.PRETRAIN, runs)));
      String first = NonFinite.first(t.g.session(), t.g.tf, t.in, batches, step, 0).orElse("");
      assertTrue(first.startsWith("gradients/"), first);
    }
  }
}
