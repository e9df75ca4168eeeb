package io.github.fdistill.training;

import io.github.fdistill.expr.FloatVariable;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * What a GPU computes with, of weights that lie on the host: no checkpoint holds it.
 *
 * @param of the weights
 * @param variable beside all else that is computed
 * @param load target, with {@link FloatVariable#loaded} of the weights fed: the value that they get
 */
record Copy(FloatVariable of, FloatVariable variable, Op load) {

  /**
   * A copy of weights that lie on the host.
   *
   * @param tf that holds the copy where all else is computed
   */
  static Copy create(Ops tf, String name, FloatVariable of) {
    FloatVariable variable = FloatVariable.create(tf, name, of.shape());
    return new Copy(of, variable, variable.assign(tf, of.loaded()));
  }

  /** The weights as they are after the control dependencies of the scope: all of them go up. */
  Op again(Ops after) {
    return variable.assign(after, of.read(after));
  }
}
