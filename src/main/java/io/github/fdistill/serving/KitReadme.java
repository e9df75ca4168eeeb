package io.github.fdistill.serving;

import io.github.fdistill.network.StudentModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

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
    boolean conditional = student.conditional();
    return template()
        .replace("@NAME@", name)
        .replace("@LABEL@", label)
        .replace("@LABEL_SIGNATURE@", conditional ? ", `label` [N] int32" : "")
        .replace("@LABEL_JSON@", conditional ? ", \"label\": [1]" : "")
        .replace("@LABEL_JAVA@", conditional ? ", \\\"label\\\": [1]" : "")
        .replace(
            "@LABEL_PYTHON@",
            conditional
                ? "request.inputs[\"label\"].CopyFrom(tf.make_tensor_proto([1], tf.int32))\n"
                : "");
  }

  private static String template() {
    try (InputStream in = KitReadme.class.getResourceAsStream(FILE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
