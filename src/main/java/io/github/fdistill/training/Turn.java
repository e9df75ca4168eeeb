package io.github.fdistill.training;

import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Op;

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
    /** One that leaves nothing where a number that is none could be found. */
    public Run(Op target, boolean eachPart, Map<Reading, Expr> scalars) {
      this(target, eachPart, scalars, List.of());
    }
  }

  public Turn {
    runs = List.copyOf(runs);
  }

  /** All there is to say of the turn. */
  Map<Reading, Expr> scalars() {
    Map<Reading, Expr> all = new LinkedHashMap<>();
    runs.forEach(run -> all.putAll(run.scalars()));
    return all;
  }
}
