package io.github.fdistill.training;

import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * An update of some weights: runs of the session, one after another.
 *
 * @param kind whose weights
 */
public record Turn(Kind kind, List<Run> runs) {

  /** Whose weights a turn updates. */
  public enum Kind {
    /** The fake score's and the discriminator's. */
    CRITIC,
    STUDENT,
    /** Those of a denoiser that is pretrained. */
    PRETRAIN,
    CLASSIFIER
  }

  /**
   * One run of the session, or one for each part of the batch.
   *
   * @param target what is done
   * @param eachPart whether it is done for each part; otherwise once, after the runs before it
   * @param scalars what there is to say of it
   * @param kept what it leaves for the runs after it, such as a part's gradient
   */
  public record Run(Op target, boolean eachPart, Map<Reading, Expr> scalars, List<Expr> kept) {
    /** One for each part of the batch. */
    static Run ofEachPart(Op target, Map<Reading, Expr> scalars, List<Expr> kept) {
      return new Run(target, true, scalars, kept);
    }

    /** One for each part, that leaves nothing for the runs after it. */
    static Run ofEachPart(Op target, Map<Reading, Expr> scalars) {
      return ofEachPart(target, scalars, List.of());
    }

    /** One after the runs before it, for all parts. */
    static Run once(Op target, Map<Reading, Expr> scalars) {
      return new Run(target, false, scalars, List.of());
    }
  }

  public Turn {
    runs = List.copyOf(runs);
  }

  /**
   * The runs of a turn that makes these updates.
   *
   * @param with targets beside the gradients
   * @param ofLosses what there is to say of the losses
   * @param ofUpdates what there is to say of the updates
   */
  static List<Run> runs(
      Ops tf,
      StepInputs in,
      List<Trainable.Update> updates,
      List<Op> with,
      Map<Reading, Expr> ofLosses,
      Map<Reading, Expr> ofUpdates) {
    List<Op> accumulate = new ArrayList<>(with);
    List<Expr> parts = new ArrayList<>();
    List<Op> apply = new ArrayList<>();
    for (Trainable.Update update : updates) {
      update.accumulated().ifPresent(a -> accumulate.add(a.add()));
      update.accumulated().ifPresent(a -> parts.add(a.part()));
      apply.add(update.apply());
    }
    if (updates.get(0).accumulated().isPresent()) {
      List<Share.Summand> sums =
          updates.stream().map(update -> update.accumulated().get().summand(tf)).toList();
      List<Run> runs = new ArrayList<>();
      runs.add(Run.ofEachPart(all(tf, accumulate), ofLosses, parts));
      in.share().summed(tf, sums).ifPresent(runs::add);
      List<Sharded> sharded = updates.stream().flatMap(u -> u.sharded().stream()).toList();
      if (!sharded.isEmpty()) {
        runs.add(Sharded.before(tf, sharded));
      }
      runs.add(Run.once(all(tf, apply), ofUpdates));
      if (!sharded.isEmpty()) {
        runs.add(Sharded.after(tf, sharded));
      }
      return runs;
    }
    apply.addAll(with);
    Map<Reading, Expr> scalars = new LinkedHashMap<>(ofLosses);
    scalars.putAll(ofUpdates);
    return List.of(Run.ofEachPart(all(tf, apply), scalars));
  }

  private static Op all(Ops tf, List<Op> targets) {
    return tf.withControlDependencies(targets).noOp();
  }

  /** All there is to say of the turn. */
  Map<Reading, Expr> scalars() {
    Map<Reading, Expr> all = new LinkedHashMap<>();
    runs.forEach(run -> all.putAll(run.scalars()));
    return all;
  }
}
