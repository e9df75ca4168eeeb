package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.doctor.Doctor;
import io.github.fdistill.doctor.Finding;
import io.github.fdistill.doctor.Verdict;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill doctor}: what this machine offers, what is missing, and the remedy. */
final class DoctorCommand implements Command {
  @Override
  public String name() {
    return "doctor";
  }

  @Override
  public String summary() {
    return "says what this machine offers, what is missing, and the remedy";
  }

  @Override
  public Options options() {
    return new Options();
  }

  @Override
  public List<String> examples() {
    return List.of("./fdistill doctor");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.useOneLane(); // A product of matrices has no other to fill a second.
    Doctor doctor =
        new Doctor(
            Path.of("/"), workspace.root(), finding -> out.print(DoctorCommand.text(finding)));
    Verdict verdict = doctor.examine();
    out.println("\nVerdict: " + verdict.words());
    if (verdict == Verdict.NOT_READY) {
      throw new InputException(
          "this machine", "not ready", "what is said to be missing above", "the remedies there");
    }
  }

  /** A line, and one for the remedy where there is one. */
  static String text(Finding finding) {
    String state = finding.state().name().toLowerCase(Locale.ROOT);
    String text = String.format("%-8s %-18s %s%n", state, finding.what(), finding.found());
    if (finding.remedy().isEmpty()) {
      return text;
    }
    String indent = " ".repeat(28);
    return text + indent + "remedy: " + finding.remedy().replace("\n", "\n" + indent) + "\n";
  }
}
