package io.github.fdistill.bench;

import io.github.fdistill.InputException;
import io.github.fdistill.config.BenchConfig;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Split;
import io.github.fdistill.network.ChosenPrecision;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.ConfigPaths;
import io.github.fdistill.run.Datasets;
import io.github.fdistill.run.DistillInputs;
import io.github.fdistill.run.Fits;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.Models;
import io.github.fdistill.training.Pretraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Settings that are to be timed, read and checked.
 *
 * @param name of the variant
 * @param folder that they stand in
 * @param wanted what of it is to be timed
 */
public record BenchPlan(
    Workspace workspace, String name, Path folder, BenchConfig config, Set<Work> wanted) {
  private static final String NETWORK = "network.pbtxt";
  private static final String PRETRAIN = "pretrain.pbtxt";
  private static final String DISTILL = "distill.pbtxt";
  private static final Set<Work> OF_DISTILLATION =
      EnumSet.of(Work.CRITIC, Work.STUDENT, Work.CYCLE);

  /** What needs a teacher, which pretraining is yet to make. */
  private static final Set<Work> OF_MODELS =
      EnumSet.of(Work.CRITIC, Work.STUDENT, Work.CYCLE, Work.HEUN, Work.ONE_STEP);

  /**
   * Reads a folder of settings, whose paths may be of what lies beside them.
   *
   * @param overrides as {@code --set} takes them, of a BenchConfig
   */
  public static BenchPlan read(
      Workspace workspace, String name, Path folder, List<String> overrides, Set<Work> wanted) {
    Path distill = folder.resolve(DISTILL);
    BenchConfig.Builder builder = BenchConfig.newBuilder();
    builder.setDistill(Configs.read(distill, DistillConfig.getDefaultInstance(), List.of()));
    if (Files.exists(folder.resolve(NETWORK))) {
      NetworkConfig none = NetworkConfig.getDefaultInstance();
      builder.setNetwork(Configs.read(folder.resolve(NETWORK), none, List.of()));
    }
    if (builder.hasNetwork() && Files.exists(folder.resolve(PRETRAIN))) {
      PretrainConfig none = PretrainConfig.getDefaultInstance();
      builder.setPretrain(Configs.read(folder.resolve(PRETRAIN), none, List.of()));
    }
    BenchConfig told = Configs.with(builder.build(), overrides);
    BenchConfig config = inChosenPrecision(ConfigPaths.found(workspace, distill, told));
    BenchPlan plan = new BenchPlan(workspace, name, folder, config, wanted);
    plan.check();
    return plan;
  }

  private static BenchConfig inChosenPrecision(BenchConfig config) {
    BenchConfig.Builder chosen = config.toBuilder();
    chosen.getDistillBuilder().setPrecision(ChosenPrecision.of(config.getDistill().getPrecision()));
    if (config.hasPretrain()) {
      chosen
          .getPretrainBuilder()
          .setPrecision(ChosenPrecision.of(config.getPretrain().getPrecision()));
    }
    return chosen.build();
  }

  private void check() {
    if (config.hasNetwork()) {
      Networks.requireBuildable(config.getNetwork(), folder.resolve(NETWORK).toString());
    }
    // A bench needs no names, and may do without a dataset and a teacher.
    DistillConfig.Builder distill = config.getDistill().toBuilder().setName("bench");
    distill.setTeacher("any").getDatasetBuilder().setPath("any");
    SettingChecks.check(folder.resolve(DISTILL), distill.build());
    if (config.hasPretrain()) {
      PretrainConfig.Builder pretrain = config.getPretrain().toBuilder().setName("bench");
      pretrain.getDatasetBuilder().setPath("any");
      SettingChecks.check(folder.resolve(PRETRAIN), pretrain.build());
    }
    int steps = config.getHeunSteps();
    Configs.check(1 <= steps && steps <= 1000, folder, "heun_steps", steps, "1 to 1000");
    int images = config.getImages();
    Configs.check(1 <= images && images <= 10_000, folder, "images", images, "1 to 10000");
  }

  /**
   * Opens what the settings name, of what is wanted.
   *
   * @throws InputException when it is missing or does not fit
   */
  public Bench.Variant variant() throws IOException {
    Path file = folder.resolve(DISTILL);
    List<Subject.Opening> subjects = new ArrayList<>();
    List<Subject.Opening> drawing = new ArrayList<>();
    if (!Collections.disjoint(wanted, OF_MODELS)) {
      DistillInputs inputs = inputs();
      Models models = inputs.models();
      if (!Collections.disjoint(wanted, OF_DISTILLATION)) {
        subjects.add(() -> distillation(inputs));
      }
      if (wanted.contains(Work.HEUN)) {
        drawing.add(() -> heun(models.teacher()));
      }
      if (wanted.contains(Work.ONE_STEP)) {
        drawing.add(() -> oneStep(models.student()));
      }
    }
    if (config.hasPretrain() && wanted.contains(Work.PRETRAIN)) {
      ImageSource real = images(config.getPretrain().getDataset(), file);
      Fits.requireFits(folder.resolve(NETWORK), config.getNetwork(), real);
      Fits.requireBatch(folder.resolve(PRETRAIN), config.getPretrain().getBatchSize(), real);
      subjects.add(() -> pretraining(real));
    }
    subjects.addAll(drawing);
    return new Bench.Variant(name, subjects);
  }

  private DistillInputs inputs() throws IOException {
    DistillConfig distill = config.getDistill();
    Path file = folder.resolve(DISTILL);
    ImageSource images = images(distill.getDataset(), file);
    return DistillInputs.of(workspace, file, distill, images, teacher(), new ArrayList<>());
  }

  /**
   * What workers are to time: the step of the distillation.
   *
   * @param workers that there are
   * @throws InputException when something is missing or does not fit, or the batch cannot be
   *     divided
   */
  public TeamBench.Variant variant(int workers) throws IOException {
    DistillConfig distill = config.getDistill();
    int batch = distill.getBatchSize();
    int parts = workers * Math.max(1, distill.getAccumulationSteps());
    Configs.check(
        batch % parts == 0,
        folder.resolve(DISTILL),
        "batch_size",
        batch + " images for " + workers + " workers",
        "a multiple of " + parts);
    DistillInputs inputs = inputs();
    return new TeamBench.Variant(name, distill, inputs.models(), inputs.images());
  }

  private DenoiserModel teacher() {
    DistillConfig distill = config.getDistill();
    if (!distill.getTeacher().isEmpty()) {
      return DistillInputs.teacher(workspace, folder.resolve(DISTILL), distill);
    }
    requireNetwork("teacher");
    return Networks.denoiser(config.getNetwork(), distill.getSeed());
  }

  private void requireNetwork(String field) {
    Configs.check(
        config.hasNetwork(),
        folder.resolve(DISTILL),
        field,
        "nothing, and there is no " + NETWORK + " beside",
        "one of them");
  }

  private ImageSource images(DatasetConfig dataset, Path file) {
    if (dataset.getPath().isEmpty() && config.hasNetwork()) {
      NetworkConfig network = config.getNetwork();
      var image = network.getImage();
      return new NoiseImages(
          image.getHeight(),
          image.getWidth(),
          image.getChannels(),
          Math.max(1, network.getClasses()));
    }
    return dataset.getPath().isEmpty()
        ? DistillInputs.images(workspace, file, config.getDistill())
        : Datasets.open(workspace, file, dataset, Split.TRAIN);
  }

  private Subject distillation(DistillInputs inputs) {
    DistillConfig distill = inputs.config();
    Distillation distillation = new Distillation(inputs.models(), distill);
    Batches batches = new Batches(inputs.images(), distill.getBatchSize(), distill.getSeed());
    return Subject.of(distillation, distillation.graph().trial(batches), distill.getPrecision());
  }

  private Subject pretraining(ImageSource images) {
    PretrainConfig pretrain = config.getPretrain();
    Pretraining pretraining = new Pretraining(config.getNetwork(), pretrain);
    Batches batches = new Batches(images, pretrain.getBatchSize(), pretrain.getSeed());
    return Subject.of(pretraining, pretraining.graph().trial(batches), pretrain.getPrecision());
  }

  private Subject heun(DenoiserModel teacher) {
    DistillConfig distill = config.getDistill();
    Sampler sampler =
        Sampler.heun(teacher, config.getHeunSteps(), distill.getGuidance(), distill.getPrecision());
    return Subject.of(sampler, Work.HEUN, config.getImages(), distill.getPrecision());
  }

  private Subject oneStep(StudentModel student) {
    DistillConfig distill = config.getDistill();
    Sampler sampler = Sampler.ofStudent(student, distill.getPrecision());
    return Subject.of(sampler, Work.ONE_STEP, config.getImages(), distill.getPrecision());
  }
}
