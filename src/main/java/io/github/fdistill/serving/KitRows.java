package io.github.fdistill.serving;

import io.github.fdistill.condition.Conditioning;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * The seeds and conditions of the README's programs, as code. A row is a text's tokens, the class
 * 0, which every model with classes has, or ones; one of many floats, as encoders make them, is not
 * written out but filled.
 *
 * @param rows of a batch where no server fills it up
 */
record KitRows(Asked asked, int rows) {
  /** Numbers that a row is written out with, at most: a context has ten thousands. */
  private static final int MOST_WRITTEN = 64;

  static KitRows of(Asked asked, ServedForm form) {
    return new KitRows(asked, Math.max(1, form.rows()));
  }

  private static boolean isWhole(Conditioning.Input input) {
    return input.type() == DataType.DT_INT32;
  }

  private static boolean isWritten(Conditioning.Input input) {
    return isWhole(input) || input.each().size() <= MOST_WRITTEN;
  }

  /** Whether every row is written out, so that a request is a line. */
  boolean areWritten(Conditioning conditioning) {
    return conditioning.inputs().stream().allMatch(KitRows::isWritten);
  }

  /**
   * One row for each input, such as ", \"label\": [0]": JSON, or filled, which Python alone reads.
   */
  String json(Conditioning conditioning) {
    return conditioning.inputs().stream()
        .map(input -> ", \"" + input.name() + "\": [" + row(input) + "]")
        .collect(Collectors.joining());
  }

  /** The same within a text of Java's, which ends and begins again where a row is filled. */
  String jsonInJava() {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : asked.conditioning().inputs()) {
      String row = isWritten(input) ? row(input) : "\" + " + filled(input, 0) + " + \"";
      text.append(", \\\"" + input.name() + "\\\": [" + row + "]");
    }
    return text.toString();
  }

  /** An expression of Java for a row of ones in JSON. */
  private static String filled(Conditioning.Input input, int axis) {
    if (axis == input.each().numDimensions()) {
      return "\"1\"";
    }
    String copies = input.each().get(axis) + ", " + filled(input, axis + 1);
    return "java.util.Collections.nCopies(" + copies + ")";
  }

  private String row(Conditioning.Input input) {
    String usual = input.name().equals(Conditioning.LABEL) ? "0" : ones(input, 0);
    return KitTexts.row(asked, input).map(Object::toString).orElse(usual);
  }

  private static String ones(Conditioning.Input input, int axis) {
    if (axis == input.each().numDimensions()) {
      return "1";
    }
    String inner = ones(input, axis + 1);
    int size = Math.toIntExact(input.each().get(axis));
    return isWritten(input)
        ? "[" + String.join(", ", Collections.nCopies(size, inner)) + "]"
        : "[" + inner + "] * " + size;
  }

  /** Tensors of a request by gRPC, in Python. */
  String python() {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : asked.conditioning().inputs()) {
      text.append("request.inputs[\"" + input.name() + "\"].CopyFrom(tf.make_tensor_proto([");
      text.append(row(input)).append(isWhole(input) ? "], tf.int32))\n" : "], tf.float32))\n");
    }
    return text.toString();
  }

  /** A batch of seeds, in Python. */
  String seedTensor() {
    return "tf.constant([7]" + times() + ", tf.int64)";
  }

  /** A batch for each input, such as ", \"label\": tf.constant([0], tf.int32)". */
  String tensors(Conditioning conditioning) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : conditioning.inputs()) {
      String type = isWhole(input) ? "tf.int32" : "tf.float32";
      String tensor =
          isWritten(input)
              ? "tf.constant([" + row(input) + "]" + times() + ", " + type + ")"
              : "tf.ones(" + Arrays.toString(shape(input).asArray()) + ")";
      text.append(", \"" + input.name() + "\": " + tensor);
    }
    return text.toString();
  }

  private String times() {
    return rows == 1 ? "" : " * " + rows;
  }

  private Shape shape(Conditioning.Input input) {
    return input.each().prepend(rows);
  }

  /** A batch of seeds, in Java. */
  String seedsInJava() {
    return rows == 1 ? "new long[] {7}" : "new long[" + rows + "]";
  }

  /** The batches as lines of TensorFlow Java. */
  String tensorFlowJava() {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : asked.conditioning().inputs()) {
      text.append("    inputs.put(\"" + input.name() + "\", ");
      text.append(isWhole(input) ? "TInt32" : "TFloat32");
      text.append(".tensorOf(StdArrays.ndCopyOf(" + array(input) + ")));\n");
    }
    return text.toString();
  }

  /** A batch as an array of Java; what is filled is zeros. */
  private String array(Conditioning.Input input) {
    String type = isWhole(input) ? "int" : "float";
    String inner = type + "[]".repeat(input.each().numDimensions());
    String row = row(input).replace('[', '{').replace(']', '}');
    if (!isWritten(input) || rows > 1 && input.each().numDimensions() == 0) {
      return "new " + type + sizes(shape(input));
    }
    return rows == 1
        ? "new " + inner + "[] {" + row + "}"
        : "java.util.Collections.nCopies("
            + rows
            + ", new "
            + inner
            + " "
            + row
            + ")"
            + ".toArray(new "
            + inner.replaceFirst("\\[", "[0][")
            + ")";
  }

  /** Such as "[1][77][768]". */
  private static String sizes(Shape shape) {
    return Arrays.stream(shape.asArray())
        .mapToObj(n -> "[" + n + "]")
        .collect(Collectors.joining());
  }

  /** The batches as arrays of DJL, further arguments of a list: the numbers, then their shape. */
  String djl() {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : asked.conditioning().inputs()) {
      String type = isWhole(input) ? "int" : "float";
      String shape = Arrays.toString(shape(input).asArray()).replaceAll("[\\[\\]]", "");
      text.append(",\n              named(\"" + input.name() + "\", arrays.create(");
      text.append(
          isWritten(input) && rows == 1
              ? "new " + type + "[] {" + row(input).replaceAll("[\\[\\]]", "") + "}"
              : "new " + type + "[" + shape(input).size() + "]");
      text.append(", new Shape(" + shape + ")))");
    }
    return text.toString();
  }
}
