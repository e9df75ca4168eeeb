package io.github.fdistill.graph;

/**
 * The ops of XLA, which programs of JAX become unless they are converted to those of TensorFlow.
 */
final class XlaOps {
  private XlaOps() {}

  /**
   * What to do about an op that is refused.
   *
   * @param usual of an op that is none of them
   */
  static String remedy(String op, String usual) {
    return op.startsWith("Xla")
        ? "convert the program of JAX into ops of TensorFlow: jax2tf.convert(f,"
            + " native_serialization=False, enable_xla=False), with a version of JAX that has both"
            + " (0.4.34)"
        : usual;
  }
}
