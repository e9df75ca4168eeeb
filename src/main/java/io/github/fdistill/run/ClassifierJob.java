package io.github.fdistill.run;

import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.serving.Accuracy;
import io.github.fdistill.serving.ClassifierExport;
import io.github.fdistill.training.ClassifierTraining;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.Memories;
import io.github.fdistill.training.Rehearsal;
import io.github.fdistill.training.Share;
import io.github.fdistill.training.Span;
import io.github.fdistill.training.TrainingLoop;
import io.github.fdistill.workers.Order;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Trains the classifier whose features images are compared by. */
public final class ClassifierJob {
  /** Of a {@link RunResult#measures result}: the share of test images that it knows. */
  public static final String TEST_ACCURACY = "test_accuracy";

  /**
   * Of a {@link RunResult#measures result}: the {@link Accuracy#classMean mean} over the classes of
   * the share of a class's test images that it knows.
   */
  public static final String TEST_CLASS_MEAN = "test_class_mean";

  /** Of a {@link RunResult#measures result}: how many test images it was shown. */
  public static final String TEST_IMAGES = "test_images";

  /**
   * A classifier that knows fewer of the test images, each class counted alike, gives features too
   * weak to measure with.
   */
  public static final double LEAST_ACCURACY = 0.6;

  private ClassifierJob() {}

  /**
   * Trains, or goes on where an earlier session of the same run stopped.
   *
   * @throws io.github.fdistill.InputException when a setting or an input is refused
   */
  public static RunResult run(Workspace workspace, FeaturesConfig settings) throws IOException {
    try (PreparedRun run = prepare(RunOrder.of(workspace), settings)) {
      return run.run();
    }
  }

  /**
   * Reads and checks all that the run needs; the caller closes it.
   *
   * @throws io.github.fdistill.InputException when a setting or an input is refused
   */
  public static PreparedRun prepare(RunOrder order, FeaturesConfig settings) throws IOException {
    Workspace workspace = order.workspace();
    SettingChecks.check(order.file(), settings);
    SettingsAlone.require(order, settings);
    FeaturesConfig config = RunPrecision.chosen(workspace, settings);
    ClassifierInputs images = ClassifierInputs.open(workspace, order.file(), config);
    RunPlan plan =
        new RunPlan(
            "features",
            config.getName(),
            config.getSeed(),
            config.getSteps(),
            Map.of(RunPlan.CONFIG, config),
            images.inputs(workspace, config));
    order.requireSame(plan.inputs());
    if (!order.follows()) { // The first worker looks at them, after the last step.
      Datasets.requireWhole(images.test(), order.progress());
    }
    return new PreparedRun(
        order,
        plan,
        new PreparedRun.Batching(config.getBatchSize(), 1, 1),
        new Work(config, images));
  }

  private record Work(FeaturesConfig config, ClassifierInputs data) implements PreparedRun.Work {

    @Override
    public ImageSource images() {
      return data.training();
    }

    @Override
    public List<String> notes() {
      List<String> notes = new ArrayList<>(data.training().notes());
      ClassifierInputs.untested(data.training(), data.test()).ifPresent(notes::add);
      return notes;
    }

    @Override
    public Map<String, String> unread() {
      return data.unread();
    }

    @Override
    public PreparedRun.Trained train(RunSession session) throws IOException {
      Span all = new Span(0, config.getSteps());
      try (ClassifierTraining training = training(config, session.share(config, all))) {
        session.requireRoom(training.graph());
        TrainingLoop.Outputs outputs = session.outputs(config.getCheckpoint(), 1, List.of());
        TrainingLoop.Outcome outcome =
            training.graph().run(batches(config), outputs, session::stopped);
        session.end(outcome);
        return new PreparedRun.Trained(
            outcome,
            outcome.finished()
                ? Optional.of(export(session, training.result(), outcome.step()))
                : Optional.empty());
      }
    }

    @Override
    public void follow(Order order, Share share, BooleanSupplier stop) throws IOException {
      FeaturesConfig settings = FeaturesConfig.parseFrom(order.body());
      try (ClassifierTraining training = training(settings, share)) {
        training.graph().follow(batches(settings), stop);
      }
    }

    private ClassifierTraining training(FeaturesConfig how) {
      return training(how, Share.ALL);
    }

    private ClassifierTraining training(FeaturesConfig how, Share share) {
      return training(how, share, Memories.here());
    }

    private ClassifierTraining training(FeaturesConfig how, Share share, Memories memories) {
      ImageSource learnt = data.training();
      return new ClassifierTraining(
          Classifier.build(how.getClassifier(), learnt.shape(), learnt.classes(), how.getSeed()),
          how,
          share,
          memories);
    }

    private Batches batches(FeaturesConfig how) {
      return new Batches(data.training(), how.getBatchSize(), how.getSeed());
    }

    private Path export(RunSession session, Classifier classifier, long step) throws IOException {
      return session.export(
          step,
          version ->
              ClassifierExport.write(
                  classifier,
                  data.training().classNames(),
                  version,
                  folder -> {
                    Accuracy accuracy = Accuracy.of(folder, data.test());
                    session.note(TEST_ACCURACY, accuracy.share());
                    session.note(TEST_CLASS_MEAN, accuracy.classMean());
                    session.addRecord(folder);
                  }));
    }

    @Override
    public Map<String, Double> measures(Path model) {
      Accuracy accuracy = Accuracy.of(model, data.test());
      return Map.of(
          TEST_ACCURACY,
          accuracy.share(),
          TEST_CLASS_MEAN,
          accuracy.classMean(),
          TEST_IMAGES,
          (double) accuracy.images());
    }

    @Override
    public OnGpu onGpu() {
      try (ClassifierTraining training = training(config, Share.ALL, Memories.TWO)) {
        return OnGpu.of(training.graph());
      }
    }

    @Override
    public Rehearsal rehearse(Checkpoints made, int rows, Consumer<Holdings> room)
        throws IOException {
      FeaturesConfig smaller = config.toBuilder().setBatchSize(rows).build();
      try (ClassifierTraining training = training(smaller)) {
        return training.graph().rehearse(batches(smaller), made, room);
      }
    }
  }
}
