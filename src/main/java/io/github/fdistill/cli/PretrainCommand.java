package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Split;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.run.Budget;
import io.github.fdistill.run.DryRun;
import io.github.fdistill.run.Fits;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunPlan;
import io.github.fdistill.run.RunSession;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.training.Pretraining;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill pretrain}: trains a teacher. */
final class PretrainCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/pretrain.pbtxt";
  private static final String NETWORK = "network.pbtxt";
  private static final String PICTURE = "samples.png";
  private static final int SAMPLING_STEPS = 18;

  @Override
  public String name() {
    return "pretrain";
  }

  @Override
  public String summary() {
    return "trains a diffusion model (a teacher) on a dataset and writes its SavedModel";
  }

  @Override
  public Options options() {
    return Flags.ofRun(CONFIG)
        .addOption(Flags.dryRun())
        .addOption(
            Flags.valued("network", "FILE", "the network (default " + NETWORK + " beside FILE)"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill pretrain",
        "./fdistill pretrain --set name=small-teacher --set steps=500 --set batch_size=64");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace) throws IOException {
    Sessions.prepare();
    Path file = Flags.config(line, CONFIG, workspace);
    PretrainConfig config =
        Configs.read(file, PretrainConfig.getDefaultInstance(), Flags.overrides(line));
    Path networkFile =
        line.hasOption("network")
            ? workspace.path(line.getOptionValue("network"))
            : file.resolveSibling(NETWORK);
    NetworkConfig network =
        Configs.read(networkFile, NetworkConfig.getDefaultInstance(), List.of());
    pretrain(Flags.order(line, words, workspace, file), config, networkFile, network);
  }

  /**
   * Runs, or goes on.
   *
   * @param networkFile that the network's description stands in
   */
  static void pretrain(RunOrder order, PretrainConfig read, Path networkFile, NetworkConfig network)
      throws IOException {
    Path file = order.file();
    Workspace workspace = order.workspace();
    SettingChecks.check(file, read);
    Configs.check(
        !network.hasMixture(),
        networkFile,
        "mixture",
        "a formula without weights to train",
        "unet or mlp; ./fdistill train takes a mixture as it is");
    String dataset = read.getDataset().getPath();
    ImageSource images = ImageSources.open(workspace.path(dataset), Split.TRAIN);
    Fits.requireBatch(file, read.getBatchSize(), images);
    Fits.requireFits(networkFile, network, images);
    Networks.requireBuildable(network, networkFile.toString());
    List<RunPlan.Input> inputs = List.of(RunPlan.Input.dataset(workspace, dataset, images));
    order.requireSame(inputs);

    PretrainConfig config = inSteps(order, read, network, images);
    RunPlan plan =
        new RunPlan(
            "pretrain",
            config.getName(),
            config.getSeed(),
            config.getSteps(),
            settings(config, network),
            inputs);
    if (order.dry()) {
      Checkpoints made = RunSession.checkpoints(workspace, plan);
      int parts = config.getAccumulationSteps();
      DryRunText.tell(
          workspace.out(),
          DryRun.here(order, plan, config.getBatchSize(), parts),
          (rows, room) -> {
            PretrainConfig smaller = config.toBuilder().setBatchSize(rows * parts).build();
            try (Pretraining training = new Pretraining(network, smaller)) {
              Batches batches = new Batches(images, rows * parts, config.getSeed());
              return training.rehearse(batches, made, room);
            }
          });
      return;
    }
    try (RunSession run = RunSession.open(order, plan)) {
      Path version = run.exported().orElse(null);
      if (version == null) {
        run.begin();
        version = pretrain(run, config, network, images);
      }
      if (version != null) {
        workspace.out().print(closing(workspace, version, run.path().resolve(PICTURE), file));
      }
    }
  }

  private static PretrainConfig inSteps(
      RunOrder order, PretrainConfig config, NetworkConfig network, ImageSource images) {
    return Budget.of(order.file(), config)
        .applied(
            order,
            config,
            config.getBatchSize(),
            () -> {
              try (Pretraining trial = new Pretraining(network, config)) {
                Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
                return trial.secondsPerStep(batches);
              }
            });
  }

  private static Map<String, com.google.protobuf.Message> settings(
      PretrainConfig config, NetworkConfig network) {
    Map<String, com.google.protobuf.Message> settings = new LinkedHashMap<>();
    settings.put(RunPlan.CONFIG, config);
    settings.put(NETWORK, network);
    return settings;
  }

  /** Where the model was exported to; null when the run was stopped before. */
  private static Path pretrain(
      RunSession run, PretrainConfig config, NetworkConfig network, ImageSource images)
      throws IOException {
    try (Pretraining training = new Pretraining(network, config)) {
      Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
      TrainingLoop.Outputs outputs = run.outputs(config.getCheckpoint(), List.of());
      TrainingLoop.Outcome outcome = training.run(batches, outputs, run::stopped);
      run.end(outcome);
      if (!outcome.finished()) {
        return null;
      }
      DenoiserModel model = training.result();
      draw(model, images, run.path().resolve(PICTURE));
      return run.export(
          outcome.step(), version -> NamedModel.write(model, version, run::addRecord));
    }
  }

  private static void draw(DenoiserModel model, ImageSource images, Path picture) {
    SampleGrid grid = SampleGrid.of(model, images.examples());
    try (Sampler sampler = Sampler.heun(model, SAMPLING_STEPS, 1, Precision.FLOAT32)) {
      float[] values = sampler.draw(grid.seedOfEach(), grid.conditionOfEach());
      Samples.writePicture(picture, grid, List.of(new Samples(values, model.image())));
    }
  }

  private static String closing(Workspace workspace, Path version, Path picture, Path config) {
    String model = workspace.relative(version.getParent());
    Path distil = config.resolveSibling("distill.pbtxt");
    String with = Files.exists(distil) ? " --config " + workspace.relative(distil) : "";
    return String.join(
        "\n",
        "Teacher:  " + workspace.relative(version),
        "Picture:  "
            + workspace.relative(picture)
            + "  (a row for each class; Heun's method, "
            + SAMPLING_STEPS
            + " steps)",
        "Next:     ./fdistill sample " + model + " --out samples.png",
        "          ./fdistill train" + with + " --set teacher=" + model,
        "");
  }
}
