package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.ClassCounts;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.GeneratedImages;
import io.github.fdistill.evaluation.StoredImages;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.training.Distillation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Measures a student while it trains, with every average of its weights, against the training
 * images.
 */
public final class StudentEvaluation implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(StudentEvaluation.class);

  private final RunOrder order;
  private final DistillConfig config;
  private final ImageSource images;
  private final FeatureNetwork network;
  private Evaluation evaluation;

  private StudentEvaluation(
      RunOrder order, DistillConfig config, ImageSource images, FeatureNetwork network) {
    this.order = order;
    this.config = config;
    this.images = images;
    this.network = network;
  }

  /**
   * Loads the features network.
   *
   * @throws InputException when it cannot be used with these images, or there are too few
   */
  public static StudentEvaluation open(RunOrder order, DistillConfig config, ImageSource images) {
    EvaluationConfig c = config.getEvaluation();
    FeatureNetwork network = FeatureNetwork.load(order.workspace().path(c.getFeatures()));
    try {
      network.requireSize(
          "field evaluation.features: " + c.getFeatures(),
          images.height(),
          images.width(),
          images.channels());
      int d = network.dimension();
      Path file = order.file();
      String needed = "more than " + d + ", the number of features: a FID needs as many";
      Configs.check(c.getSamples() > d, file, "evaluation.samples", c.getSamples(), needed);
      Configs.check(images.size() > d, file, "dataset", images.size() + " images", needed);
      return new StudentEvaluation(order, config, images, network);
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /**
   * Computes what is to be known of the training images, or reads it where it was computed before.
   */
  public void prepare() {
    evaluation =
        Evaluation.against(
                new StoredImages(config.getDataset().getPath(), images),
                Math.toIntExact(images.size()),
                network,
                Evaluation.UNCHANGED,
                order.workspace().path(Evaluation.CACHE),
                Progress.Options.of(Progress.Display.choose(order.quiet())))
            .silent();
  }

  /** The features network, as an input of the run. */
  public RunPlan.Input input(Workspace workspace) {
    Path path = workspace.path(config.getEvaluation().getFeatures());
    return new RunPlan.Input("features", workspace.relative(path), network.sha256());
  }

  /**
   * Measures the student as it is now, {@link #prepare prepared} before, and offers what is best of
   * it to be kept.
   *
   * @return {@code average_0/fid} and so on; nothing of an average whose images are no numbers
   */
  Map<String, Double> measure(Distillation training, long step, BestStudent best)
      throws IOException {
    Map<String, Double> all = new LinkedHashMap<>();
    BestStudent.Candidate top = null;
    int averages = Math.max(1, config.getAverageCount());
    for (int average = config.getExportAverage() < 0 ? -1 : 0; average < averages; average++) {
      String name = average < 0 ? "weights" : "average_" + average;
      StudentModel student = training.result(average);
      Optional<Evaluation.Result> result = measure(step, name, student);
      if (result.isPresent()) {
        result.get().numbers().forEach((measure, value) -> all.put(name + "/" + measure, value));
        Measured.Builder measured = result.get().measured().setImages(name + ", step " + step);
        BestStudent.Candidate candidate =
            new BestStudent.Candidate(step, student, measured.build());
        top = top == null || candidate.isBetterThan(top.measured()) ? candidate : top;
      }
    }
    if (top != null) {
      best.offer(top);
    }
    return all;
  }

  /** Each class that has images once. */
  private ConditionRows everyClass(int classes) {
    return classes > 0
        ? ConditionRows.ofLabels(ClassCounts.of(images).first(classes))
        : ConditionRows.none(1);
  }

  private Optional<Evaluation.Result> measure(long step, String name, StudentModel student) {
    Sampler sampler = Sampler.oneStep(student, Precision.FLOAT32);
    boolean classes = images.conditioning().inputs().size() == 1;
    ConditionRows conditions =
        classes ? everyClass(student.info().getClasses()) : images.examples();
    String which = "step " + step + " " + name;
    try (GeneratedImages drawn =
        new GeneratedImages("the student", which, student, conditions, "one evaluation", sampler)) {
      return Optional.of(evaluation.measure(drawn, 0, config.getEvaluation().getSamples()));
    } catch (InputException e) {
      LOG.warn("Step {}: {} of the student is not measured: {}", step, name, e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    network.close();
  }
}
