package io.github.fdistill.run;

import com.google.protobuf.Message;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Split;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.Pretraining;
import io.github.fdistill.training.Rehearsal;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Trains a diffusion model (a teacher) on a dataset. */
public final class PretrainJob {
  /** Noise levels of Heun's method, by which samples are drawn at the end. */
  public static final int SAMPLING_STEPS = 18;

  private PretrainJob() {}

  /**
   * Trains, or goes on where an earlier session of the same run stopped.
   *
   * @param network of any family but a mixture, which has no weights
   * @throws io.github.fdistill.InputException when a setting or an input is refused
   */
  public static RunResult run(Workspace workspace, PretrainConfig settings, NetworkConfig network)
      throws IOException {
    try (PreparedRun run = prepare(RunOrder.of(workspace), settings, Path.of("network"), network)) {
      return run.run();
    }
  }

  /**
   * Reads and checks all that the run needs; the caller closes it.
   *
   * @param networkFile that the network's description stands in, for messages
   * @throws io.github.fdistill.InputException when a setting or an input is refused
   */
  public static PreparedRun prepare(
      RunOrder order, PretrainConfig settings, Path networkFile, NetworkConfig network)
      throws IOException {
    Path file = order.file();
    Workspace workspace = order.workspace();
    SettingChecks.check(file, settings);
    Configs.check(
        !network.hasMixture(),
        networkFile,
        "mixture",
        "a formula without weights to train",
        "unet or mlp; ./fdistill train takes a mixture as it is");
    String dataset = settings.getDataset().getPath();
    ImageSource images = Datasets.open(workspace, file, settings.getDataset(), Split.TRAIN);
    Fits.requireBatch(file, settings.getBatchSize(), images);
    Fits.requireFits(networkFile, network, images);
    Networks.requireBuildable(network, networkFile.toString());
    List<RunPlan.Input> inputs =
        List.of(Datasets.input(workspace, settings.getName(), dataset, images));
    order.requireSame(inputs);

    PretrainConfig chosen = RunPrecision.chosen(workspace, settings);
    PretrainConfig config = inSteps(order, chosen, network, images);
    Map<String, Message> described = new LinkedHashMap<>();
    described.put(RunPlan.CONFIG, config);
    described.put(RunFiles.NETWORK, network);
    RunPlan plan =
        new RunPlan(
            "pretrain", config.getName(), config.getSeed(), config.getSteps(), described, inputs);
    return new PreparedRun(
        order,
        plan,
        new PreparedRun.Batching(config.getBatchSize(), config.getAccumulationSteps()),
        new Work(config, network, images));
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
                return trial.graph().secondsPerStep(batches(config, images));
              }
            });
  }

  private static Batches batches(PretrainConfig config, ImageSource images) {
    return new Batches(images, config.getBatchSize(), config.getSeed());
  }

  private record Work(PretrainConfig config, NetworkConfig network, ImageSource images)
      implements PreparedRun.Work {

    @Override
    public PreparedRun.Trained train(RunSession session) throws IOException {
      try (Pretraining training = new Pretraining(network, config)) {
        TrainingLoop.Outputs outputs = session.outputs(config.getCheckpoint(), List.of());
        TrainingLoop.Outcome outcome =
            training.graph().run(batches(config, images), outputs, session::stopped);
        session.end(outcome);
        if (!outcome.finished()) {
          return new PreparedRun.Trained(outcome, Optional.empty());
        }
        DenoiserModel model = training.result();
        draw(model, new RunFiles(session.path()).samples());
        Path version =
            session.export(
                outcome.step(), folder -> NamedModel.write(model, folder, session::addRecord));
        return new PreparedRun.Trained(outcome, Optional.of(version));
      }
    }

    private void draw(DenoiserModel model, Path picture) {
      SampleGrid grid = SampleGrid.of(model, images.examples());
      try (Sampler sampler = Sampler.heun(model, SAMPLING_STEPS, 1, Precision.FLOAT32)) {
        float[] values = sampler.draw(grid.seedOfEach(), grid.conditionOfEach());
        Samples.writePicture(picture, grid, List.of(new Samples(values, model.image())));
      }
    }

    @Override
    public Rehearsal rehearse(Checkpoints made, int rows, Consumer<Holdings> room)
        throws IOException {
      int batch = rows * config.getAccumulationSteps();
      PretrainConfig smaller = config.toBuilder().setBatchSize(batch).build();
      try (Pretraining training = new Pretraining(network, smaller)) {
        return training.graph().rehearse(batches(smaller, images), made, room);
      }
    }
  }
}
