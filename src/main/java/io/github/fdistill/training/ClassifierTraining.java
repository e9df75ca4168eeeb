package io.github.fdistill.training;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.WatchConfig;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.network.StudentModel;
import java.util.List;
import org.tensorflow.op.Ops;

/** The graph and session of a classifier's training. */
public final class ClassifierTraining implements AutoCloseable {
  private final TrainingGraph graph;
  private final ClassifierStep step;
  private final Classifier classifier;
  private final FeaturesConfig config;

  /** Builds one whose batches are computed here whole; nothing runs yet. */
  public ClassifierTraining(Classifier classifier, FeaturesConfig config) {
    this(classifier, config, Share.ALL, Memories.here());
  }

  /**
   * Builds everything for some memories; nothing runs yet.
   *
   * @param classifier with the first weights
   * @param share which of each batch is computed here
   * @param memories that it is built for, whatever there are here
   */
  public ClassifierTraining(
      Classifier classifier, FeaturesConfig config, Share share, Memories memories) {
    this.classifier = classifier;
    this.config = config;
    graph =
        new TrainingGraph(
            config.getBatchSize(),
            1,
            classifier.image(),
            Conditioning.ofClasses(0),
            config.getSeed(),
            share,
            memories);
    try {
      Ops tf = graph.tf();
      State state = graph.state();
      Trainable model =
          Trainable.create(
              tf, state, VariableNames.MODEL, classifier.weights(), config.getOptimiser());
      NetworkFunction function = function();
      step =
          ClassifierStep.build(
              tf,
              graph.inputs(),
              x -> Classifier.logits(function, "classifier", x, model.weights()),
              model,
              state,
              config);
      graph.open(plan(), List.of(List.of(VariableNames.MODEL)));
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  private NetworkFunction function() {
    NetworkFunction logits = classifier.function().only(List.of(Classifier.LOGITS));
    return StudentModel.inPrecision(logits, config.getPrecision());
  }

  private TrainingLoop.Plan plan() {
    return new TrainingLoop.Plan(
        "features",
        List.of(List.of(step.turn())),
        config.getSteps(),
        config.getCheckpoint().getEverySteps(),
        TrainingLoop.Watch.of(WatchConfig.getDefaultInstance()),
        List.of(Reading.LOSS, Reading.ACCURACY));
  }

  /** The classifier with the average of its weights when they are asked for: while this is open. */
  public Classifier result() {
    return classifier.with(graph.weights(step.average()));
  }

  /** What it runs in. */
  public TrainingGraph graph() {
    return graph;
  }

  @Override
  public void close() {
    graph.close();
  }
}
