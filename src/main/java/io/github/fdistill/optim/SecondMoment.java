package io.github.fdistill.optim;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Parameters;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/** The mean of squared gradients, in less room than a float32 for each. */
sealed interface SecondMoment permits HalvedMoment, FactoredMoment {

  /** What it is held in. */
  List<FloatVariable> variables();

  /**
   * Takes in the gradient of a run of parameters; called once for each, in their order.
   *
   * @param tf of what is to wait for the run before: reads of what is as long as this run
   * @param gradient [n]
   * @param beta2 what the moment keeps of itself, scalar
   * @param chance [n], of which the lower 16 bits are uniform
   */
  Next next(Ops tf, Parameters run, Expr gradient, Expr beta2, Operand<TInt32> chance);

  /** Targets that are left when every run has been taken in. */
  List<Op> rest(Ops tf);

  /**
   * The moment of a run.
   *
   * @param value [n], with this gradient in it
   * @param kept targets that keep it
   */
  record Next(Expr value, List<Op> kept) {}

  /** beta a + (1 - beta) b. */
  static Expr mixed(Expr a, Expr b, Expr beta) {
    return a.times(beta).plus(b.times(beta.negated().plus(1)));
  }
}
