package io.github.fdistill.cli;

import io.github.fdistill.device.Natives;
import io.github.fdistill.journal.Program;

/** The text of {@code --version}: what a report of a fault should begin with. */
final class Versions {
  private Versions() {}

  static String text() {
    Program program = Program.running();
    return String.join(
        "\n",
        "fdistill " + program.version(),
        "commit " + program.commit(),
        "TensorFlow " + tensorFlow(),
        "Java " + Runtime.version(),
        "");
  }

  private static String tensorFlow() {
    try {
      return Natives.version();
    } catch (LinkageError e) {
      return "does not load (./fdistill doctor says why)";
    }
  }
}
