package io.github.fdistill.onnx;

/**
 * Names of ONNX, which may be any text, as TensorFlow's, which are letters, digits and a few signs.
 */
final class Names {
  private Names() {}

  /** A name that is as much like the other as it may be; two names may become the same. */
  static String of(String onnx) {
    String name = onnx.replaceAll("[^A-Za-z0-9_./-]+", "_").replaceAll("^[/_-]+|/+$", "");
    return name.isEmpty() ? "node" : name.replaceAll("/{2,}", "/");
  }
}
