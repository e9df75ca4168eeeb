package io.github.fdistill.cli;

import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.run.ExportedStudent;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.ServedForm;
import io.github.fdistill.serving.ServingKit;
import io.github.fdistill.serving.Throughput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill export}: the serving kit of a student. */
final class ExportCommand implements Command {
  private static final String RECORD = "export.json";

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
                "of a run: which average of the weights, from 0, or 'weights' for\n"
                    + "the weights themselves (default: the run's export_average)"))
        .addOption(Flags.plain("bfloat16", "convolutions and matrix products in bfloat16"))
        .addOption(
            Flags.plain(
                "constants",
                "weights as constants of the graph: TensorFlow computes with them\n"
                    + "once, when it loads the model"))
        .addOption(Flags.valued("rows", "N", "every batch has just N rows (default: any number)"))
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
  public void run(CommandLine line, List<String> words, Workspace workspace) throws IOException {
    Sessions.useOneLane(); // What is measured is to hold for TensorFlow Serving.
    ExportedStudent source =
        ExportedStudent.open(workspace, line.getArgList().get(0), line.getOptionValue("average"));
    String name = modelName(line.getOptionValue("name", source.name()));
    ServedForm form =
        new ServedForm(
            line.hasOption("bfloat16") ? Precision.BFLOAT16 : Precision.FLOAT32,
            line.hasOption("constants"),
            line.hasOption("rows") ? Flags.whole(line, "rows", 0, 1, 4096) : -1);
    ServingKit kit =
        new ServingKit(
            source.student(),
            form,
            workspace.path("savedmodels").resolve(name),
            label(line.getOptionValue("label", "stable")));
    RunRecord record = RunRecord.start(words.stream().map(workspace::relative).toList());
    ServingKit.Written written =
        kit.write(
            Expected.of(source.student(), SampleGrid.of(source.student())),
            (folder, difference, throughput) -> {
              Path beside = Files.createDirectories(folder.resolve("assets.extra"));
              source.copyRecord(beside);
              record.put("source", workspace.relative(source.student().origin()));
              record.put("weights", source.weights());
              record.put("precision", form.precision().name());
              record.put("constants", form.constants());
              record.put("rows", form.rows());
              record.put("largest_difference_from_float32", difference);
              record.put("images_per_second", rates(throughput));
              record.write(beside.resolve(RECORD));
            });
    tell(workspace, written, name);
  }

  private static String modelName(String name) {
    if (!Folders.isPlainName(name)) {
      throw Flags.bad("name", name, "letters, digits, '.', '_' and '-'");
    }
    return name;
  }

  private static String label(String label) {
    if (!label.matches("[A-Za-z][A-Za-z0-9_-]*")) {
      throw Flags.bad("label", label, "a word such as stable or canary");
    }
    return label;
  }

  private static List<Object> rates(Throughput throughput) {
    List<Object> rates = new ArrayList<>();
    for (Throughput.Point point : throughput.points()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("rows", point.rows());
      entry.put("images_per_second", Math.round(point.rowsPerSecond()));
      rates.add(entry);
    }
    return rates;
  }

  private static void tell(Workspace workspace, ServingKit.Written written, String name) {
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
              "%6d %8.2f %8.0f%n",
              point.rows(),
              point.seconds() * 1e3,
              point.rowsPerSecond()));
    }
    text.append("Next:     ./fdistill serve savedmodels/" + name + "\n");
    text.append("          savedmodels/" + name + "/README.md, for TensorFlow Serving\n");
    workspace.out().print(text);
  }
}
