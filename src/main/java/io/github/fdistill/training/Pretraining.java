package io.github.fdistill.training;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.diffusion.Slices;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ImportedDenoiser;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/** The graph and session of a pretraining run. */
public final class Pretraining implements AutoCloseable {
  /** How many numbers tell a network how an image was augmented. */
  public static final int AUGMENTATION_LABELS = Augmented.LABELS;

  private final TrainingGraph graph;
  private final PretrainStep step;
  private final DenoiserModel model;
  private final PretrainConfig config;

  /** Builds everything for a network of ours from its beginning; nothing runs yet. */
  public Pretraining(NetworkConfig network, PretrainConfig config) {
    this(network, Networks.denoiser(network, config.getSeed()), config, Share.ALL, Memories.here());
  }

  /**
   * Builds everything for a network of ours from other weights; nothing runs yet.
   *
   * @param model that the description gives, with its first weights
   * @param share which of each batch is computed here
   * @param memories that it is built for, whatever there are here
   */
  public Pretraining(
      NetworkConfig network,
      DenoiserModel model,
      PretrainConfig config,
      Share share,
      Memories memories) {
    this(
        model,
        Networks.differsInTraining(network)
            ? Optional.of(Networks.trained(network, config.getSeed()))
            : Optional.empty(),
        config,
        share,
        memories);
  }

  /** Builds everything for any denoiser, which goes on from its weights; nothing runs yet. */
  public Pretraining(DenoiserModel model, PretrainConfig config) {
    this(model, Optional.empty(), config, Share.ALL, Memories.here());
  }

  /**
   * Builds everything; nothing runs yet.
   *
   * @param trained the network as it is trained; empty: as it is
   */
  private Pretraining(
      DenoiserModel model,
      Optional<NetworkFunction> trained,
      PretrainConfig config,
      Share share,
      Memories memories) {
    this.model = model;
    this.config = config;
    graph =
        new TrainingGraph(
            config.getBatchSize(),
            config.getAccumulationSteps(),
            model.image(),
            model.conditioning(),
            config.getSeed(),
            share,
            memories);
    try {
      Ops tf = graph.tf();
      State state = graph.state();
      Trainable weights =
          Trainable.create(
              tf,
              state,
              VariableNames.MODEL,
              model.weights(),
              config.getOptimiser(),
              model.function().untrained());
      Augmented seen = Augmented.of(tf, graph.inputs(), config.getAugment());
      step =
          PretrainStep.build(
              tf,
              graph.inputs(),
              seen.images(),
              denoiser(tf, trained, weights, seen),
              weights,
              state,
              config,
              new Preconditioning(model.info().getSigmaData()));
      graph.open(plan(), List.of(List.of(VariableNames.MODEL)), model.weights());
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  private Denoiser denoiser(
      Ops tf, Optional<NetworkFunction> trained, Trainable weights, Augmented seen) {
    NetworkFunction function =
        trained.orElse(model.function()).only(List.of(DenoiserModel.DENOISED));
    function = StudentModel.forTraining(function, config.getPrecision());
    Map<String, Operand<?>> more = new LinkedHashMap<>();
    if (function.inputs().containsKey(Networks.STEP)) {
      more.put(Networks.STEP, graph.inputs().step());
      more.put(Networks.FIRST_ROW, graph.inputs().firstRowOfPart(tf));
    }
    if (function.inputs().containsKey(Networks.AUGMENTATION)) {
      more.put(Networks.AUGMENTATION, seen.labels());
    }
    Denoiser whole = new ImportedDenoiser(tf, "model", function, weights.weights(), more);
    // What there is more of it is of the whole part, not of a slice.
    return trained.isPresent() ? whole : Slices.of(whole, graph.inputs().slices());
  }

  private TrainingLoop.Plan plan() {
    return new TrainingLoop.Plan(
        "pretrain",
        List.of(List.of(step.turn())),
        config.getSteps(),
        config.getCheckpoint().getEverySteps(),
        TrainingLoop.Watch.of(config.getWatch()),
        List.of(Reading.LOSS));
  }

  /** The model with the average of its weights when they are asked for: while this is open. */
  public DenoiserModel result() {
    return model.with(graph.weights(step.average()));
  }

  State state() {
    return graph.state();
  }

  Session session() {
    return graph.session();
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
