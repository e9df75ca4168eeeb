package io.github.fdistill.cli;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.files.Folders;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.server.AskedVersion;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/**
 * The flags {@code --version} and {@code --label} of a served model, and its version as it lies
 * here, where it does: what that says of classes and texts holds for what is asked.
 */
final class ServedVersion {
  private static final String NUMBER = "version";
  private static final String LABEL = "label";

  private ServedVersion() {}

  static Options addTo(Options options) {
    return options
        .addOption(Flags.valued(NUMBER, "N", "of the model (default: the newest that is served)"))
        .addOption(Flags.valued(LABEL, "LABEL", "of the version, such as stable"));
  }

  /** The number that is asked. */
  static Optional<Long> number(CommandLine line) {
    return line.hasOption(NUMBER)
        ? Optional.of(Flags.whole(line, NUMBER, 0, 0, Long.MAX_VALUE))
        : Optional.empty();
  }

  /** The label that is asked. */
  static Optional<String> label(CommandLine line) {
    return Optional.ofNullable(line.getOptionValue(LABEL));
  }

  /**
   * Its folder, where it lies here.
   *
   * @throws io.github.fdistill.InputException when the models.config that lies here is malformed,
   *     or has no such label
   */
  static Optional<Path> folder(CommandLine line, Workspace workspace) {
    String model = line.getArgList().get(0);
    return Folders.isPlainName(model)
        ? AskedVersion.in(workspace.path("savedmodels/" + model), number(line), label(line))
        : Optional.empty();
  }

  /** What its classes are called, where it lies here. */
  static ClassNames classNames(CommandLine line, Workspace workspace) {
    return folder(line, workspace).map(ModelInfo::classNames).orElse(ClassNames.NONE);
  }
}
