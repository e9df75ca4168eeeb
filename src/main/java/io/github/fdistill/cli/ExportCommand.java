package io.github.fdistill.cli;

import io.github.fdistill.config.ExportConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.journal.PerSecond;
import io.github.fdistill.run.ExportJob;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.serving.ServingKit;
import io.github.fdistill.serving.Throughput;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill export}: the serving kit of a student. */
final class ExportCommand implements Command {
  private static final String WITHOUT = "without";
  private static final List<String> PARTS = List.of("png", "texts");

  @Override
  public String name() {
    return "export";
  }

  @Override
  public String summary() {
    return "writes a student's next version with all that TensorFlow Serving is started with";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("RUN_OR_MODEL");
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(
            Flags.valued(
                "name", "NAME", "of the model in savedmodels/ (default: the run's or model's)"))
        .addOption(
            Flags.valued(
                "average",
                "N",
                "of a run: which average of the weights, from 0, or 'weights' for "
                    + "the weights themselves (default: the run's export_average)"))
        .addOption(
            Flags.plain(
                "unfinished",
                "of a run: what it has come to, before its last step; a server "
                    + "that watches the model's folder switches to it at once"))
        .addOption(
            Flags.plain(
                "apart",
                "of a run with lora: adapters as variables beside the weights, "
                    + "not added to them"))
        .addOption(Flags.plain("bfloat16", "convolutions and matrix products in bfloat16"))
        .addOption(
            Flags.plain(
                "constants",
                "weights as constants of the graph: TensorFlow computes with them "
                    + "once, when it loads the model"))
        .addOption(Flags.valued("rows", "N", "every batch has just N rows (default: any number)"))
        .addOption(
            Flags.valued(
                "steps", "N", "of a student of several steps: the first N alone (default: all)"))
        .addOption(
            Flags.valued(
                WITHOUT,
                "PART",
                "png: that signature; texts: a pipeline's text encoders, which "
                    + "the client then runs; both: png,texts"))
        .addOption(
            Flags.valued("label", "LABEL", "of the version, such as stable (default) or canary"))
        .addOption(DeviceFlag.option());
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill export savedmodels/fashion-mnist-student",
        "./fdistill export runs/fashion-mnist-student --average weights --label canary",
        "./fdistill export savedmodels/fashion-mnist-student --bfloat16 --constants --name fast");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.useOneLane(); // What is measured is to hold for TensorFlow Serving.
    RunOrder order = RunOrder.of(workspace).words(words);
    ExportJob job = ExportJob.prepare(order, settings(line));
    ServingKit.Written written = job.run();
    tell(workspace, written, job.model(), out);
    if (written.before().isPresent()) {
      out.print(restart(written, line.hasOption("rows")));
    }
  }

  private static ExportConfig settings(CommandLine line) {
    List<String> without = List.of(line.getOptionValue(WITHOUT, "").split(",", -1));
    if (line.hasOption(WITHOUT) && !PARTS.containsAll(without)) {
      throw Flags.bad(WITHOUT, line.getOptionValue(WITHOUT), "png, texts, or png,texts");
    }
    ExportConfig.Builder settings =
        ExportConfig.newBuilder()
            .setSource(line.getArgList().get(0))
            .setPrecision(line.hasOption("bfloat16") ? Precision.BFLOAT16 : Precision.FLOAT32)
            .setConstants(line.hasOption("constants"))
            .setUnfinished(line.hasOption("unfinished"))
            .setApart(line.hasOption("apart"))
            .setPng(!without.contains("png"))
            .setTexts(!without.contains("texts"));
    Optional.ofNullable(line.getOptionValue("name")).ifPresent(settings::setName);
    Optional.ofNullable(line.getOptionValue("average")).ifPresent(settings::setAverage);
    Optional.ofNullable(line.getOptionValue("label")).ifPresent(settings::setLabel);
    if (line.hasOption("rows")) {
      settings.setRows(Flags.whole(line, "rows", 0, 1, ExportJob.MOST_ROWS));
    }
    if (line.hasOption("steps")) {
      settings.setSteps(Flags.whole(line, "steps", 0, 1, StudentSteps.MOST));
    }
    return settings.build();
  }

  private static void tell(
      Workspace workspace, ServingKit.Written written, Path model, PrintStream out) {
    String name = model.getFileName().toString();
    StringBuilder text = new StringBuilder();
    text.append("Version:  " + workspace.relative(written.version()) + "\n");
    text.append(
        String.format(
            Locale.ROOT,
            "Largest difference from the float32 student: %.2g (images are from -1 to 1)%n",
            written.difference()));
    text.append("Rows of a batch, ms, images/s:\n");
    for (Throughput.Point point : written.throughput().points()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%6d %8.2f %8s%n",
              point.rows(),
              point.seconds() * 1e3,
              PerSecond.text(point.rowsPerSecond())));
    }
    String flags = written.patience().serveFlags();
    text.append("Next:     ./fdistill serve savedmodels/" + name + flags + "\n");
    text.append("          savedmodels/" + name + "/README.md, for TensorFlow Serving\n");
    out.print(text);
  }

  /**
   * What is to be done where TensorFlow Serving runs.
   *
   * @param fixed whether the version takes batches of one size alone
   */
  private static String restart(ServingKit.Written written, boolean fixed) {
    long before = written.before().getAsLong();
    String fewer = "a request may have " + written.most() + " rows at most, not " + before;
    return "Restart:  TensorFlow Serving, where it serves this model: it reads the sizes of\n"
        + "          batches when it starts, and they have changed\n"
        + (before > written.most() ? "          (" + fewer + " as before)\n" : "")
        + (fixed ? "          (until then it fills batches up to sizes that are refused)\n" : "");
  }
}
