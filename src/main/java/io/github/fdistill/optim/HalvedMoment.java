package io.github.fdistill.optim;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Parameters;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/** A moment as bfloat16: a variable for each run of parameters. */
final class HalvedMoment implements SecondMoment {
  private final Ops outside;
  private final String name;
  private final List<FloatVariable> variables = new ArrayList<>();

  /**
   * @param outside where variables are made: without control dependencies
   * @param name of the variables, before their numbers
   */
  HalvedMoment(Ops outside, String name) {
    this.outside = outside;
    this.name = name;
  }

  @Override
  public List<FloatVariable> variables() {
    return variables;
  }

  @Override
  public Next next(Ops tf, Parameters run, Expr gradient, Expr beta2, Operand<TInt32> chance) {
    return taking(tf, run, gradient.square(), beta2, chance);
  }

  /**
   * Takes in anything.
   *
   * @param value [n]
   */
  Next taking(Ops tf, Parameters run, Expr value, Expr beta, Operand<TInt32> chance) {
    FloatVariable held =
        FloatVariable.create(outside, name + "_" + variables.size(), Shape.of(run.length() / 2));
    variables.add(held);
    Expr before = Halves.read(outside, held.read(tf).in(outside));
    Expr next = SecondMoment.mixed(before, value, beta.in(outside));
    return new Next(next, List.of(held.assign(outside, Halves.hold(outside, next, chance))));
  }

  @Override
  public List<Op> rest(Ops tf) {
    return List.of();
  }
}
