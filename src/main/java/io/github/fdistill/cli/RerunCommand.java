package io.github.fdistill.cli;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.run.FirstRun;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill rerun}: runs again what a record tells of. */
final class RerunCommand implements Command {

  @Override
  public String name() {
    return "rerun";
  }

  @Override
  public String summary() {
    return "runs again what a record.json tells of: same settings, same inputs, another name";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("RECORD");
  }

  @Override
  public Options options() {
    return Flags.withDryRun(new Options())
        .addOption(
            Flags.valued(
                "set",
                "FIELD=VALUE",
                "name=... (default: the old name and -rerun), or where an input lies "
                    + "now, such as dataset.path=... or teacher=...; may be repeated"))
        .addOption(DeviceFlag.option())
        .addOption(Flags.plain("quiet", "no progress"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill rerun savedmodels/fashion-mnist-teacher/1/assets.extra/record.json",
        "./fdistill rerun runs/fashion-mnist-student",
        "./fdistill rerun savedmodels/fashion-mnist-features/1/assets.extra/record.json"
            + " --set name=again");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Path named = workspace.path(line.getArgList().get(0));
    Path file = RecordFile.of(named).map(RecordFile::file).orElse(named); // In a folder.
    FirstRun first = new FirstRun(RecordFile.read(file));
    RunOrder order =
        Flags.order(line, words, workspace, file)
            .repeating(first, lines -> RunText.tellDifferences(out, lines));
    List<String> overrides = Flags.overrides(line);
    switch (first.command()) {
      case "train" ->
          TrainCommand.train(
              order, first.config(DistillConfig.getDefaultInstance(), overrides), out);
      case "pretrain" ->
          PretrainCommand.pretrain(
              order,
              first.config(PretrainConfig.getDefaultInstance(), overrides),
              file,
              first.settings("network", NetworkConfig.getDefaultInstance()),
              out);
      case "features" ->
          FeaturesCommand.features(
              order, first.config(FeaturesConfig.getDefaultInstance(), overrides), out);
      default -> throw new IllegalStateException(first.command());
    }
  }
}
