package io.github.fdistill.cli;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.config.DenoiserInfo;
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
 *
 * @param folder of the version, where it lies here
 * @param info what it says of itself; nothing where it does not lie here
 */
record ServedVersion(Optional<Path> folder, DenoiserInfo info) {
  private static final String NUMBER = "version";
  private static final String LABEL = "label";

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
   * The version that is asked.
   *
   * @throws io.github.fdistill.InputException when the models.config that lies here has no such
   *     label
   */
  static ServedVersion of(CommandLine line, Workspace workspace) {
    String model = line.getArgList().get(0);
    Optional<Path> folder =
        Folders.isPlainName(model)
            ? AskedVersion.in(workspace.path("savedmodels/" + model), number(line), label(line))
            : Optional.empty();
    return new ServedVersion(
        folder,
        folder.map(path -> ModelInfo.in(path).info()).orElse(DenoiserInfo.getDefaultInstance()));
  }

  /** What its classes are called. */
  ClassNames classNames() {
    return new ClassNames(info.getClassNameList());
  }

  /** How many classes it has; 0 or less: that is not known. */
  int classes() {
    return Math.max(info.getClasses(), info.getClassNameCount());
  }
}
