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
import org.tensorflow.types.TInt32;

/**
 * {@link AdamW} with moments in less room; the weights are float32 as there. The first moment is
 * kept as bfloat16, or not at all where beta1 is 0, for then it is the gradient. Of the second
 * there are two {@link Form forms}. Zhai et al. 2022 ("Scaling Vision Transformers", section 3.4)
 * train with such a first moment and a factored second one as well as with float32.
 *
 * <p>The update is made in runs of parameters, one after another: beside the gradient nothing is as
 * large as the weights but the change of them.
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
   * @param run numbers that a run of parameters has at least; a few vectors as long as a run are
   *     there at a time
   */
  public record Kept(Form form, Noise noise, long run) {
    private static final long USUAL_RUN = 1 << 21;

    /** In runs of the usual length. */
    public Kept(Form form, Noise noise) {
      this(form, noise, USUAL_RUN);
    }
  }

  /**
   * Adds the update to the graph, as {@link AdamW#build}.
   *
   * @param name prefix of the names of variables
   * @param gradient of the weights' shape
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
    Expr counting = UpdateNumbers.counting(tf, gradient, settings);
    UpdateNumbers now = UpdateNumbers.of(tf, counting, learningRate, updates, settings);
    InRuns all = new InRuns(name, trained, now, kept, Moments.of(tf, name, trained, now, kept));

    Expr change = all.change(tf, gradient);
    Op applied =
        tf.withControlDependencies(all.done)
            .train
            .resourceApplyGradientDescent(trained.weights().handle(), Expr.constant(tf, 1), change);
    Op update = now.counted(tf, applied, now.made(tf), updates, skipped);
    return new CompactAdamW(all.moments.variables(), List.of(updates, skipped), update, now.norm());
  }

  /** Both moments; no first one where beta1 is 0. */
  private record Moments(Optional<HalvedMoment> first, SecondMoment second) {

    static Moments of(Ops tf, String name, Trained trained, UpdateNumbers now, Kept kept) {
      return new Moments(
          now.settings().beta1() == 0
              ? Optional.empty()
              : Optional.of(new HalvedMoment(tf, name + "/m")),
          switch (kept.form()) {
            case HALVED -> new HalvedMoment(tf, name + "/v");
            case FACTORED ->
                new FactoredMoment(tf, name + "/rows", name + "/columns", trained.parameters());
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
    final List<Op> done = new ArrayList<>();
    private final String name;
    private final Trained trained;
    private final UpdateNumbers now;
    private final Kept kept;

    InRuns(String name, Trained trained, UpdateNumbers now, Kept kept, Moments moments) {
      this.name = name;
      this.trained = trained;
      this.now = now;
      this.kept = kept;
      this.moments = moments;
    }

    /** What is to be subtracted from the weights, [length]. */
    Expr change(Ops tf, Expr gradient) {
      // Slices: of a split's parts TensorFlow would make what comes next of the whole at once.
      Expr weights = trained.weights().read(tf);
      List<Expr> changes = new ArrayList<>();
      long from = 0;
      for (Parameters run : trained.parameters().runs(kept.run())) {
        Ops after = tf.withControlDependencies(List.copyOf(done));
        Expr g = part(after, gradient, from, run);
        Expr w = part(after, weights, from, run);
        String stream = name + "/rounding_" + changes.size();
        Expr change = change(after, run, w, g, kept.noise().bits(after, stream, run.length()));
        done.add(change);
        changes.add(change.in(tf));
        from += run.length();
      }
      done.addAll(moments.second().rest(tf));
      return changes.size() == 1 ? changes.get(0) : Expr.concat(0, changes);
    }

    private static Expr part(Ops tf, Expr vector, long from, Parameters run) {
      return Expr.of(tf, Sizes.slice(tf, vector, from, run.length()));
    }

    /** That of one run: eta weightDecay w + rate m / (sqrt(v) + epsilon). */
    private Expr change(Ops tf, Parameters run, Expr w, Expr found, Operand<TInt32> chance) {
      Expr g = now.used(tf, UpdateNumbers.counting(tf, found, now.settings()));
      Expr m = g;
      if (moments.first().isPresent()) {
        Operand<TInt32> upper = Halves.upper(tf, chance);
        SecondMoment.Next first = moments.first().get().taking(tf, run, g, now.beta1(), upper);
        done.addAll(first.kept());
        m = first.value();
      }
      SecondMoment.Next second = moments.second().next(tf, run, g, now.beta2(), chance);
      done.addAll(second.kept());
      Expr moved = m.times(now.rate()).over(second.value().sqrt().plus(now.epsilon()));
      double decay = now.settings().weightDecay();
      return decay == 0
          ? moved
          : w.times(now.eta().in(tf).times(decay)).times(trained.decay().of(tf, run)).plus(moved);
    }
  }
}
