package io.github.fdistill.serving;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.network.StudentModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.tensorflow.proto.DataType;

/** How to start TensorFlow Serving with a model, and how to ask it: requests that run. */
final class KitReadme {
  private static final String FILE = "kit.md";

  private KitReadme() {}

  /**
   * The text.
   *
   * @param label of the version that was written last
   */
  static String text(String name, StudentModel student, String label) {
    Conditioning conditioning = student.conditioning();
    return template()
        .replace("@NAME@", name)
        .replace("@LABEL@", label)
        .replace("@CONDITION_SIGNATURE@", signature(conditioning))
        .replace("@CONDITION_JSON@", json(conditioning))
        .replace("@CONDITION_JAVA@", json(conditioning).replace("\"", "\\\""))
        .replace("@CONDITION_PYTHON@", python(conditioning));
  }

  /** Such as ", `label` [N] int32". */
  private static String signature(Conditioning conditioning) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : conditioning.inputs()) {
      String told = input.toString();
      text.append(", `")
          .append(input.name())
          .append('`')
          .append(told, told.indexOf(' '), told.length());
    }
    return text.toString();
  }

  /** One row of ones for each input, such as ", \"label\": [1]". */
  private static String json(Conditioning conditioning) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : conditioning.inputs()) {
      text.append(", \"").append(input.name()).append("\": [").append(ones(input, 0)).append(']');
    }
    return text.toString();
  }

  private static String ones(Conditioning.Input input, int axis) {
    if (axis == input.each().numDimensions()) {
      return "1";
    }
    String inner = ones(input, axis + 1);
    int size = Math.toIntExact(input.each().get(axis));
    return "[" + String.join(", ", Collections.nCopies(size, inner)) + "]";
  }

  private static String python(Conditioning conditioning) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : conditioning.inputs()) {
      boolean whole = input.type() == DataType.DT_INT32;
      text.append("request.inputs[\"")
          .append(input.name())
          .append("\"].CopyFrom(tf.make_tensor_proto([")
          .append(ones(input, 0))
          .append(whole ? "], tf.int32))\n" : "], tf.float32))\n");
    }
    return text.toString();
  }

  private static String template() {
    try (InputStream in = KitReadme.class.getResourceAsStream(FILE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
