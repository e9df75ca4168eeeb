package io.github.fdistill.optim;

import io.github.fdistill.device.Sizes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.graph.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * {@link AdamW} with moments in less room; the weights are float32 as there. The first moment is
 * kept as bfloat16, or not at all where beta1 is 0, for then it is the gradient. Of the second
 * there are two {@link Form forms}. Zhai et al. 2022 ("Scaling Vision Transformers", section 3.4)
 * train with such a first moment and a factored second one as well as with float32.
 *
 * <p>The update is made in runs of parameters, one after another, and what it changes the weights
 * by is written over the gradient: nothing else is as large as they are.
 *
 * @param moments what both moments are held in
 * @param counts updates made, and updates skipped
 * @param update target that makes one update
 * @param gradientNorm |g| before clipping, scalar
 */
public record CompactAdamW(
    List<FloatVariable> moments, List<FloatVariable> counts, Op update, Expr gradientNorm)
    implements Optimiser {

  /** How the second moment is kept. */
  public enum Form {
    /** As bfloat16. */
    HALVED,
    /** By the means of each matrix's rows and columns. */
    FACTORED
  }

  /**
   * What is trained.
   *
   * @param weights the vector of all
   * @param parameters how they lie in it
   */
  public record Trained(FloatVariable weights, Parameters parameters, WeightDecay decay) {}

  /**
   * How moments are kept.
   *
   * @param noise that what is kept is rounded by
   * @param run numbers that a run of parameters has, about; a few vectors as long are there at a
   *     time
   */
  public record Kept(Form form, Noise noise, long run) {
    private static final long USUAL_RUN = 1 << 19;

    /** In runs of the usual length. */
    public Kept(Form form, Noise noise) {
      this(form, noise, USUAL_RUN);
    }
  }

  /**
   * Adds the update to the graph, as {@link AdamW#build}.
   *
   * @param name prefix of the names of variables
   * @param gradient of the weights' shape; its memory is used for other things when it is read
   * @param learningRate scalar
   */
  public static CompactAdamW build(
      Ops tf,
      String name,
      Trained trained,
      Expr gradient,
      Expr learningRate,
      AdamW.Settings settings,
      Kept kept) {
    FloatVariable updates = FloatVariable.scalar(tf, name + "/updates");
    FloatVariable skipped = FloatVariable.scalar(tf, name + "/skipped");
    Expr counting = UpdateNumbers.counting(gradient, settings);
    UpdateNumbers now = UpdateNumbers.of(tf, gradient, counting, learningRate, updates, settings);
    List<Parameters> runs = trained.parameters().runs(kept.run());
    Moments both = Moments.of(tf, name, runs, now, kept);
    InRuns all = new InRuns(name, trained, runs, now, kept, both);
    all.done.add(now.told()); // It reads the gradient, which the first run writes over.

    Expr change = all.change(tf, gradient);
    Op applied =
        tf.withControlDependencies(all.done)
            .train
            .resourceApplyGradientDescent(trained.weights().handle(), Expr.constant(tf, 1), change);
    Op update = now.counted(tf, applied, updates, skipped);
    return new CompactAdamW(all.moments.variables(), List.of(updates, skipped), update, now.told());
  }

  /** Both moments; no first one where beta1 is 0. */
  private record Moments(Optional<HalvedMoment> first, SecondMoment second) {

    static Moments of(Ops tf, String name, List<Parameters> runs, UpdateNumbers now, Kept kept) {
      return new Moments(
          now.settings().beta1() == 0
              ? Optional.empty()
              : Optional.of(new HalvedMoment(tf, name + "/m")),
          switch (kept.form()) {
            case HALVED -> new HalvedMoment(tf, name + "/v");
            case FACTORED -> new FactoredMoment(tf, name + "/rows", name + "/columns", runs);
          });
    }

    List<FloatVariable> variables() {
      List<FloatVariable> all = new ArrayList<>();
      first.ifPresent(moment -> all.addAll(moment.variables()));
      all.addAll(second.variables());
      return all;
    }
  }

  /** The update of one run of parameters after another. */
  private static final class InRuns {
    final Moments moments;

    /** What is to be done before what comes next: all of the run before, which waited itself. */
    final List<Op> done = new ArrayList<>();

    private final String name;
    private final Trained trained;
    private final List<Parameters> runs;
    private final UpdateNumbers now;
    private final Kept kept;

    InRuns(
        String name,
        Trained trained,
        List<Parameters> runs,
        UpdateNumbers now,
        Kept kept,
        Moments moments) {
      this.name = name;
      this.trained = trained;
      this.runs = runs;
      this.now = now;
      this.kept = kept;
      this.moments = moments;
    }

    /**
     * What is to be subtracted from the weights, [length]; it is written where the gradient was, so
     * that there is never both of all.
     */
    Expr change(Ops tf, Expr gradient) {
      // Slices: of a split's parts TensorFlow would make what comes next of the whole at once.
      Expr weights = trained.weights().read(tf);
      Operand<TFloat32> lines = gradient.in(tf).reshape(-1, Parameters.LINE);
      int line = 0;
      int number = 0;
      for (Parameters run : runs) {
        // What is read waits, and the rest waits for that: more dependencies take TensorFlow long.
        Ops waiting = tf.withControlDependencies(List.copyOf(done));
        done.clear();
        long from = (long) line * Parameters.LINE;
        Expr g = part(waiting, gradient, from, run).in(tf);
        Expr w = part(waiting, weights, from, run).in(tf);
        String stream = name + "/rounding_" + number++;
        Operand<TInt32> chance = kept.noise().bits(waiting, stream, run.length());
        Expr change = change(tf, waiting, run, w, g, chance);
        int next = Math.toIntExact((from + run.length()) / Parameters.LINE);
        Operand<TInt32> places = tf.range(tf.constant(line), tf.constant(next), tf.constant(1));
        lines = tf.inplaceUpdate(lines, places, change.reshape(-1, Parameters.LINE));
        done.add(lines);
        line = next;
      }
      done.addAll(moments.second().rest(tf));
      return Expr.of(tf, lines).reshape(-1);
    }

    private static Expr part(Ops tf, Expr vector, long from, Parameters run) {
      return Expr.of(tf, Sizes.slice(tf, vector, from, run.length()));
    }

    /** That of one run: eta weightDecay w + rate m / (sqrt(v) + epsilon). */
    private Expr change(
        Ops tf, Ops waiting, Parameters run, Expr w, Expr found, Operand<TInt32> chance) {
      Expr g = now.used(tf, UpdateNumbers.counting(found, now.settings()));
      Expr m = g;
      if (moments.first().isPresent()) {
        Operand<TInt32> upper = Halves.upper(tf, chance);
        SecondMoment.Next first = moments.first().get().taking(waiting, run, g, now.beta1(), upper);
        done.addAll(first.kept());
        m = first.value();
      }
      SecondMoment.Next second = moments.second().next(waiting, run, g, now.beta2(), chance);
      done.addAll(second.kept());
      Expr moved = m.times(now.rate()).over(second.value().sqrt().plus(now.epsilon()));
      double decay = now.settings().weightDecay();
      return decay == 0
          ? moved
          : w.times(now.eta().in(tf).times(decay))
              .times(trained.decay().of(waiting, run))
              .plus(moved);
    }
  }
}
