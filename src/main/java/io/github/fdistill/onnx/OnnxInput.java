package io.github.fdistill.onnx;

import java.util.Arrays;

/**
 * An input or output of a graph.
 *
 * @param type null where it is no tensor of numbers
 * @param dims its sizes, {@link #FREE} where the file leaves one open; null where it says none
 */
record OnnxInput(String name, ElementType type, long[] dims) {
  static final long FREE = -1;

  /** Whether the file has it for one image alone. */
  boolean isForOne() {
    return dims != null && dims.length > 0 && dims[0] == 1;
  }

  String described() {
    return name + " " + type + " " + (dims == null ? "of no known shape" : Arrays.toString(dims));
  }
}
