package io.github.fdistill.cli;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.run.ConfigPaths;
import io.github.fdistill.run.PreparedRun;
import io.github.fdistill.run.PretrainJob;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunResult;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.Sampling;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill pretrain}: trains a teacher. */
final class PretrainCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/pretrain.pbtxt";
  private static final String NETWORK = "network.pbtxt";

  /** What is said of a student's images as of its teacher's. */
  private static final Set<String> OF_STUDENTS =
      Set.of("path", "background", "convert", "skip_damaged", "layout", "resize");

  @Override
  public String name() {
    return "pretrain";
  }

  @Override
  public String summary() {
    return "trains a diffusion model (a teacher) on a dataset and writes its SavedModel";
  }

  @Override
  public Optional<Message> settings() {
    return Optional.of(PretrainConfig.getDefaultInstance());
  }

  @Override
  public Options options() {
    return Flags.withDryRun(WorkerFlags.with(Flags.ofRun(CONFIG)))
        .addOption(
            Flags.valued("network", "FILE", "the network (default " + NETWORK + " beside FILE)"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill pretrain",
        "./fdistill pretrain --set name=small-teacher --set steps=500 --set batch_size=64",
        "./fdistill pretrain --set start=savedmodels/fashion-mnist-teacher --set name=further");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace, PrintStream out)
      throws IOException {
    Sessions.prepare();
    Path file = Flags.config(line, CONFIG, workspace);
    PretrainConfig config =
        Flags.settings(line, file, PretrainConfig.getDefaultInstance(), workspace);
    RunOrder order = Flags.order(line, words, workspace, file);
    if (!config.getStart().isEmpty() && !line.hasOption("network")) {
      Path start = workspace.path(config.getStart());
      NetworkConfig network = PretrainJob.describedBy(start);
      WorkerFlags.run(line, order, config, each -> pretrain(each, config, start, network, out));
      return;
    }
    Path networkFile =
        line.hasOption("network")
            ? workspace.path(line.getOptionValue("network"))
            : file.resolveSibling(NETWORK);
    NetworkConfig network =
        Configs.read(networkFile, NetworkConfig.getDefaultInstance(), List.of());
    WorkerFlags.run(line, order, config, each -> pretrain(each, config, networkFile, network, out));
  }

  /**
   * Runs, or goes on.
   *
   * @param networkFile that the network's description stands in
   */
  static void pretrain(
      RunOrder order,
      PretrainConfig settings,
      Path networkFile,
      NetworkConfig network,
      PrintStream out)
      throws IOException {
    try (PreparedRun run = PretrainJob.prepare(order, settings, networkFile, network)) {
      RunText.run(run, out, result -> closing(order, result, settings.getDataset()));
    }
  }

  private static String closing(RunOrder order, RunResult result, DatasetConfig dataset) {
    Workspace workspace = order.workspace();
    Path version = result.model().orElseThrow();
    String model = RunText.word(workspace, version.getParent());
    return String.join(
        "\n",
        "Teacher:  " + workspace.relative(version),
        "Picture:  "
            + workspace.relative(result.files().samples())
            + "  ("
            + rows(version)
            + "Heun's method, "
            + Sampling.USUAL_STEPS
            + " steps)",
        "Next:     ./fdistill sample " + model + SampleCommand.howTo(version),
        "          ./fdistill train"
            + distillation(order, version.getParent(), dataset)
            + " --set teacher="
            + model,
        "");
  }

  /** That beside the config, or the usual one, with what it is to have in place of its own. */
  private static String distillation(RunOrder order, Path model, DatasetConfig dataset) {
    Workspace workspace = order.workspace();
    Path file = order.file().resolveSibling("distill.pbtxt");
    if (!Files.exists(file)) {
      return own(model, dataset, DatasetConfig.getDefaultInstance());
    }
    DistillConfig is = DistillConfig.getDefaultInstance();
    try {
      is = ConfigPaths.found(workspace, file, Configs.read(file, is, List.of()));
    } catch (InputException e) {
      // Training refuses it, and says why.
    }
    String config = " --config " + RunText.word(workspace, file);
    boolean ofModel = workspace.path(is.getTeacher()).normalize().equals(model.normalize());
    return ofModel && images(dataset, is.getDataset()).isEmpty()
        ? config
        : config + own(model, dataset, is.getDataset());
  }

  private static String own(Path model, DatasetConfig dataset, DatasetConfig other) {
    String name = model.getFileName().toString().replaceFirst("-?teacher$", "");
    Stream<String> named = Stream.of("name=" + (name.isEmpty() ? "" : name + "-") + "student");
    return Stream.concat(named, images(dataset, other).stream())
        .map(setting -> " --set " + ShellWord.quoted(setting))
        .collect(joining());
  }

  /** The settings of images, as far as they are others. */
  private static List<String> images(DatasetConfig dataset, DatasetConfig other) {
    List<String> settings = new ArrayList<>();
    DatasetConfig.getDescriptor().getFields().stream()
        .filter(field -> OF_STUDENTS.contains(field.getName()))
        .filter(field -> !dataset.getField(field).equals(other.getField(field)))
        .forEach(
            field -> settings.add("dataset." + field.getName() + "=" + dataset.getField(field)));
    if (dataset.getByRowList().equals(other.getByRowList())) {
      return settings;
    }
    for (int i = 0; i < dataset.getByRowCount(); i++) {
      settings.add("dataset.by_row[" + i + "].input=" + dataset.getByRow(i).getInput());
      settings.add("dataset.by_row[" + i + "].file=" + dataset.getByRow(i).getFile());
    }
    return settings;
  }

  /** What the rows of the picture are; nothing where the model is told neither class nor text. */
  private static String rows(Path version) {
    if (!PromptFlag.example(version).isEmpty()) {
      return "a row for each caption; ";
    }
    return ModelInfo.in(version).info().getClasses() > 0 ? "a row for each class; " : "";
  }
}
