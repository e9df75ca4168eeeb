package io.github.fdistill.onnx;

import java.util.List;
import java.util.Map;

/**
 * A node of a graph.
 *
 * @param name for messages and for TensorFlow's nodes: its own, or that of its first output
 * @param op its type
 * @param domain of the op; empty: ONNX's own
 * @param inputs names of tensors; an empty one is left out
 * @param outputs names of tensors; an empty one is not wanted
 * @param attributes by name
 */
record OnnxNode(
    String name,
    String op,
    String domain,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes) {

  /** The same with other attributes. */
  OnnxNode with(Map<String, Attribute> others) {
    return new OnnxNode(name, op, domain, inputs, outputs, others);
  }
}
