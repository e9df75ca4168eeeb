package io.github.fdistill.onnx;

import java.util.List;

/** What an op of ONNX becomes. */
@FunctionalInterface
interface Rule {

  /**
   * Makes TensorFlow's nodes for a node of ONNX.
   *
   * @return its outputs, in their order
   * @throws io.github.fdistill.InputException for what cannot be said in TensorFlow's ops
   */
  List<Value> apply(Call call);

  /** A rule for an op of one output. */
  @FunctionalInterface
  interface One {
    Value apply(Call call);
  }

  static Rule of(One one) {
    return call -> List.of(one.apply(call));
  }
}
