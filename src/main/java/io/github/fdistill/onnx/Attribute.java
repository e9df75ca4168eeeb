package io.github.fdistill.onnx;

/**
 * An attribute of a node.
 *
 * @param number of kind i
 * @param fraction of kind f
 * @param text of kind s; null where it has none
 * @param numbers of kind ints
 * @param fractions of kind floats
 * @param tensor of kind t; null where it has none
 */
record Attribute(
    String name,
    long number,
    double fraction,
    String text,
    long[] numbers,
    double[] fractions,
    OnnxTensor tensor) {

  /** The same of other whole numbers. */
  Attribute with(long... others) {
    return new Attribute(name, number, fraction, text, others, fractions, tensor);
  }
}
