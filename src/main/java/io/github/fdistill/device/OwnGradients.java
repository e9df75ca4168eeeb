package io.github.fdistill.device;

import org.tensorflow.TensorFlow;
import org.tensorflow.op.RawCustomGradient;

/** Gradients of ops that TensorFlow's C++ has none of, for the whole process. */
public final class OwnGradients {
  static {
    Natives.setUp();
  }

  private OwnGradients() {}

  /**
   * Gives an op a gradient.
   *
   * @param op its type
   * @return whether TensorFlow takes it: not of an op that has one, nor where it supports none
   */
  public static boolean register(String op, RawCustomGradient gradient) {
    return TensorFlow.registerCustomGradient(op, gradient);
  }
}
