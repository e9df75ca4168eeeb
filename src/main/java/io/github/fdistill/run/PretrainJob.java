package io.github.fdistill.run;

import com.google.protobuf.Message;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Split;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.training.DistillationChecks;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.Memories;
import io.github.fdistill.training.Pretraining;
import io.github.fdistill.training.Rehearsal;
import io.github.fdistill.training.Share;
import io.github.fdistill.workers.Order;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Trains a diffusion model (a teacher) on a dataset. */
public final class PretrainJob {
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
      RunOrder order, PretrainConfig settings, Path networkFile, NetworkConfig described)
      throws IOException {
    Path file = order.file();
    Workspace workspace = order.workspace();
    SettingChecks.check(file, settings);
    if (order.first().isEmpty()) { // The steps of one that is repeated may be of a budget.
      SettingChecks.warmUps(file, settings);
    }
    SettingsAlone.require(order, settings);
    SettingChecks.check(networkFile, described);
    Configs.check(
        !described.hasMixture(),
        networkFile,
        "mixture",
        "a formula without weights to train",
        "unet or mlp; ./fdistill train takes a mixture as it is");
    Configs.check(
        !described.hasContext(),
        networkFile,
        "context",
        "a network that takes what other networks make of texts",
        "one that takes classes, tokens or nothing; ./fdistill train distils it as it is");
    String classes = "a network that is pretrained, beside classes and captions,";
    Fits.requireTaken(file, "dataset", settings.getDataset(), classes, Conditioning.NONE);
    PretrainConfig asked =
        isBegunWithNoise(workspace, settings)
            ? settings
            : KnownNoise.of(described, networkFile).within(file, settings);
    DistillationChecks.requireLevels(asked.getNoise());
    String dataset = asked.getDataset().getPath();
    ImageSource plain = Datasets.open(workspace, file, asked.getDataset(), Split.TRAIN);
    Fits.requireBatch(file, asked.getBatchSize(), plain);
    if (asked.getEvaluation().getEverySteps() > 0) {
      RunEvaluation.require(order, asked.getEvaluation(), plain);
    }
    Learner learner = Learner.of(order, asked, networkFile, described, plain);
    ImageSource images = learner.images();
    Fits.noteLatents(learner.shown(), images);
    List<RunPlan.Input> inputs = new ArrayList<>();
    inputs.add(Datasets.input(workspace, asked.getName(), dataset, learner.images()));
    if (learner.start().isPresent()) {
      inputs.add(RunPlan.Input.model(workspace, RunPlan.Input.START, learner.start().get()));
    }
    order.requireSame(inputs);
    PretrainConfig chosen = RunPrecision.chosen(workspace, asked);
    PretrainConfig config = inSteps(order, chosen, learner);
    Optional<RunEvaluation> evaluation =
        config.getEvaluation().getEverySteps() == 0
            ? Optional.empty()
            : Optional.of(RunEvaluation.open(order, config.getEvaluation(), dataset, images));
    try {
      evaluation.ifPresent(measured -> inputs.add(measured.input(workspace)));
      order.requireSame(inputs);
    } catch (RuntimeException e) {
      evaluation.ifPresent(RunEvaluation::close);
      throw e;
    }
    Map<String, Message> written = new LinkedHashMap<>();
    written.put(RunPlan.CONFIG, config);
    written.put(RunFiles.NETWORK, learner.network());
    RunPlan plan =
        new RunPlan(
            "pretrain", config.getName(), config.getSeed(), config.getSteps(), written, inputs);
    return new PreparedRun(
        order,
        plan,
        new PreparedRun.Batching(config.getBatchSize(), config.getAccumulationSteps(), 1),
        new Work(config, learner, evaluation));
  }

  /** Whether a run goes on whose levels are as asked for: it may be older than their bounds. */
  private static boolean isBegunWithNoise(Workspace workspace, PretrainConfig asked) {
    RunFiles run = new RunFiles(RunSession.folder(workspace, asked.getName()));
    NoiseConfig now = asked.getNoise();
    return RunSettings.of(run, PretrainConfig.getDefaultInstance())
        .map(PretrainConfig::getNoise)
        .filter(before -> now.getSigmaMin() == before.getSigmaMin())
        .filter(before -> now.getSigmaMax() == before.getSigmaMax())
        .filter(before -> now.getClipMin() == before.getClipMin())
        .filter(before -> now.getClipMax() == before.getClipMax())
        .isPresent();
  }

  /**
   * How the network of a model that was imported or pretrained is described, by its record.
   *
   * @param model a version's folder, or a model's
   * @throws io.github.fdistill.InputException when there is none, or its record does not say
   */
  public static NetworkConfig describedBy(Path model) {
    return Learner.description(model);
  }

  private static PretrainConfig inSteps(RunOrder order, PretrainConfig config, Learner learner)
      throws IOException {
    // What a worker computes of a batch; all of it may not fit into the memory of one.
    int share = config.getBatchSize() / order.workers();
    PretrainConfig timed = config.toBuilder().setBatchSize(share).build();
    Consumer<Holdings> room = holdings -> Room.requireTimed(order, config, holdings);
    return Budget.of(order.file(), config)
        .applied(
            order,
            config,
            config.getBatchSize(),
            () -> {
              try (Pretraining trial = learner.training(timed)) {
                return trial.graph().secondsPerStep(PretrainRun.batches(timed, learner), room);
              }
            });
  }

  private record Work(PretrainConfig config, Learner learner, Optional<RunEvaluation> evaluation)
      implements PreparedRun.Work {

    @Override
    public ImageSource images() {
      return learner.images();
    }

    @Override
    public PreparedRun.Trained train(RunSession session) throws IOException {
      evaluation.ifPresent(RunEvaluation::prepare);
      TeacherMeasures measures = TeacherMeasures.resumed(session.files(), session.lastCheckpoint());
      return new PretrainRun(session, config, learner, evaluation, measures).pretrain();
    }

    @Override
    public void follow(Order order, Share share, BooleanSupplier stop) throws IOException {
      PretrainConfig settings = PretrainConfig.parseFrom(order.body());
      try (Pretraining training = learner.training(settings, share)) {
        training.graph().follow(PretrainRun.batches(settings, learner), stop);
      }
    }

    @Override
    public void close() {
      evaluation.ifPresent(RunEvaluation::close);
    }

    @Override
    public OnGpu onGpu() {
      try (Pretraining training = learner.training(config, Share.ALL, Memories.TWO)) {
        return OnGpu.of(training.graph());
      }
    }

    @Override
    public Rehearsal rehearse(Checkpoints made, int rows, Consumer<Holdings> room)
        throws IOException {
      int batch = rows * config.getAccumulationSteps();
      PretrainConfig smaller = config.toBuilder().setBatchSize(batch).build();
      try (Pretraining training = learner.training(smaller)) {
        return training.graph().rehearse(PretrainRun.batches(smaller, learner), made, room);
      }
    }
  }
}
