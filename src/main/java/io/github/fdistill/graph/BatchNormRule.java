package io.github.fdistill.graph;

import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Batch normalisation by saved moments: they are no weights and get no gradient, as in Python.
 * TensorFlow's C++ gradient would give them one of the wrong shape.
 */
final class BatchNormRule {
  private BatchNormRule() {}

  /** FusedBatchNormV3 of inference mode, with a StopGradient before its mean and variance. */
  static List<NodeDef> rewrite(NodeDef node) {
    if (node.getAttrOrThrow("is_training").getB()) {
      return List.of(node);
    }
    AttrValue type = node.getAttrOrThrow("U");
    NewNodes made = new NewNodes(node);
    String mean = made.add("mean", "StopGradient", type, node.getInput(3));
    String variance = made.add("variance", "StopGradient", type, node.getInput(4));
    made.add(node.toBuilder().setInput(3, mean).setInput(4, variance));
    return made.all();
  }
}
