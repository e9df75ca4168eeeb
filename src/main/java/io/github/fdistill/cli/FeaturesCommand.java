package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Split;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.run.DryRun;
import io.github.fdistill.run.Fits;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunPlan;
import io.github.fdistill.run.RunSession;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.serving.Accuracy;
import io.github.fdistill.serving.ClassifierExport;
import io.github.fdistill.training.ClassifierTraining;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill features}: trains the classifier whose features images are compared by. */
final class FeaturesCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/features.pbtxt";

  @Override
  public String name() {
    return "features";
  }

  @Override
  public String summary() {
    return "trains a classifier on a dataset; images are compared by its features";
  }

  @Override
  public Options options() {
    return Flags.ofRun(CONFIG).addOption(Flags.dryRun());
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill features --set name=my-features",
        "./fdistill features --set name=small-features --set steps=500 --set batch_size=64");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace) throws IOException {
    RunOrder order = Flags.order(line, words, workspace, Flags.config(line, CONFIG, workspace));
    FeaturesConfig none = FeaturesConfig.getDefaultInstance();
    features(order, Configs.read(order.file(), none, Flags.overrides(line)));
  }

  /** Runs, or goes on. */
  static void features(RunOrder order, FeaturesConfig config) throws IOException {
    Workspace workspace = order.workspace();
    SettingChecks.check(order.file(), config);
    Data data = Data.open(workspace, order.file(), config);
    RunPlan plan =
        new RunPlan(
            "features",
            config.getName(),
            config.getSeed(),
            config.getSteps(),
            Map.of(RunPlan.CONFIG, config),
            data.inputs(workspace, config));
    order.requireSame(plan.inputs());
    if (order.dry()) {
      Checkpoints made = RunSession.checkpoints(workspace, plan);
      DryRunText.tell(
          workspace.out(),
          DryRun.here(order, plan, config.getBatchSize(), 1),
          (rows, room) -> {
            FeaturesConfig smaller = config.toBuilder().setBatchSize(rows).build();
            Batches batches = new Batches(data.training(), rows, config.getSeed());
            try (ClassifierTraining training = training(smaller, data.training())) {
              return training.rehearse(batches, made, room);
            }
          });
      return;
    }
    try (RunSession run = RunSession.open(order, plan)) {
      Path version = run.exported().orElse(null);
      if (version == null) {
        run.begin();
        version = train(run, config, data);
      }
      if (version != null) {
        workspace
            .out()
            .print(closing(workspace, version, config, Accuracy.of(version, data.test())));
      }
    }
  }

  /** Both parts of a dataset, which fit each other and the settings. */
  private record Data(ImageSource training, ImageSource test) {

    static Data open(Workspace workspace, Path file, FeaturesConfig config) {
      Path path = workspace.path(config.getDataset().getPath());
      ImageSource training = ImageSources.open(path, Split.TRAIN);
      Configs.check(
          !config.getTestDataset().getPath().isEmpty() || ImageSources.hasParts(path),
          file,
          "test_dataset.path",
          "nothing, and " + config.getDataset().getPath() + " has no test images of its own",
          "where there are other images with the same classes");
      Path test = workspace.path(testPath(config));
      Data data = new Data(training, ImageSources.open(test, Split.TEST));
      Fits.requireOneSize(path.toString(), data.training, data.test);
      requireClasses(path, data.training);
      requireSameClasses(test, data);
      Fits.requireBatch(file, config.getBatchSize(), data.training);
      Classifier.requireBuildable(config.getClassifier(), data.training.shape(), file.toString());
      int shift = config.getAugmentation().getShift();
      int side = Math.min(data.training.height(), data.training.width());
      Configs.check(
          shift < side, file, "augmentation.shift", shift, "less than the images' side, " + side);
      return data;
    }

    private static void requireClasses(Path dataset, ImageSource images) {
      if (images.classes() < 2) {
        throw new InputException(
            dataset.toString(),
            "all training images have the label 0",
            "2 classes or more, for a classifier to tell apart",
            "choose a labelled dataset");
      }
    }

    /** A label means the same in both parts. */
    private static void requireSameClasses(Path path, Data data) {
      List<String> names = data.training.classNames();
      List<String> test = data.test.classNames();
      boolean other = !names.isEmpty() && !test.isEmpty() && !names.equals(test);
      if (other || data.test.classes() > data.training.classes()) {
        throw new InputException(
            path.toString(),
            other ? "classes " + test : data.test.classes() + " classes",
            other ? "those of the training images, " + names : "at most " + data.training.classes(),
            "put both parts of the same set there");
      }
    }

    private static String testPath(FeaturesConfig config) {
      String test = config.getTestDataset().getPath();
      return test.isEmpty() ? config.getDataset().getPath() : test;
    }

    List<RunPlan.Input> inputs(Workspace workspace, FeaturesConfig config) {
      return List.of(
          RunPlan.Input.dataset(workspace, config.getDataset().getPath(), training),
          RunPlan.Input.images("test_images", workspace, testPath(config), test));
    }
  }

  /** Where the classifier was exported to; null when the run was stopped before. */
  private static Path train(RunSession run, FeaturesConfig config, Data data) throws IOException {
    ImageSource images = data.training();
    try (ClassifierTraining training = training(config, images)) {
      Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
      TrainingLoop.Outputs outputs = run.outputs(config.getCheckpoint(), List.of());
      TrainingLoop.Outcome outcome = training.run(batches, outputs, run::stopped);
      run.end(outcome);
      return outcome.finished() ? export(run, training.result(), outcome.step(), data) : null;
    }
  }

  private static ClassifierTraining training(FeaturesConfig config, ImageSource images) {
    return new ClassifierTraining(
        Classifier.build(
            config.getClassifier(), images.shape(), images.classes(), config.getSeed()),
        config);
  }

  private static Path export(RunSession run, Classifier classifier, long step, Data data)
      throws IOException {
    return run.export(
        step,
        version ->
            ClassifierExport.write(
                classifier,
                version,
                folder -> {
                  run.note("test_accuracy", Accuracy.of(folder, data.test()).share());
                  run.addRecord(folder);
                }));
  }

  private static String closing(
      Workspace workspace, Path version, FeaturesConfig config, Accuracy accuracy) {
    return String.join(
        "\n",
        "Features: "
            + workspace.relative(version)
            + "  ("
            + config.getClassifier().getFeatures()
            + " numbers an image)",
        String.format(
            Locale.ROOT,
            "Accuracy: %.2f %% of the %d test images",
            100 * accuracy.share(),
            accuracy.images()),
        "");
  }
}
