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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/** The graph and session of a pretraining run. */
public final class Pretraining implements AutoCloseable {
  private final TrainingGraph graph;
  private final PretrainStep step;
  private final DenoiserModel model;
  private final PretrainConfig config;

  /** Builds everything for a network of ours from its beginning; nothing runs yet. */
  public Pretraining(NetworkConfig network, PretrainConfig config) {
    this(
        Networks.denoiser(network, config.getSeed()),
        Networks.dropout(network) > 0
            ? Optional.of(Networks.withDropout(network, config.getSeed()))
            : Optional.empty(),
        config);
  }

  /** Builds everything for any denoiser, which goes on from its weights; nothing runs yet. */
  public Pretraining(DenoiserModel model, PretrainConfig config) {
    this(model, Optional.empty(), config);
  }

  /**
   * @param dropping the network with dropout, as it is trained; empty: it has none
   */
  private Pretraining(
      DenoiserModel model, Optional<NetworkFunction> dropping, PretrainConfig config) {
    this.model = model;
    this.config = config;
    graph =
        new TrainingGraph(
            config.getBatchSize(),
            config.getAccumulationSteps(),
            model.image(),
            model.conditioning(),
            config.getSeed());
    try {
      Ops tf = graph.tf();
      State state = graph.state();
      Trainable weights =
          Trainable.create(tf, state, VariableNames.MODEL, model.weights(), config.getOptimiser());
      step =
          PretrainStep.build(
              tf,
              graph.inputs(),
              denoiser(tf, dropping, weights),
              weights,
              state,
              config,
              new Preconditioning(model.info().getSigmaData()));
      graph.open(plan(), List.of(List.of(VariableNames.MODEL)));
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  private Denoiser denoiser(Ops tf, Optional<NetworkFunction> dropping, Trainable weights) {
    boolean drops = dropping.isPresent();
    NetworkFunction function =
        dropping.orElse(model.function()).only(List.of(DenoiserModel.DENOISED));
    function = StudentModel.inPrecision(function, config.getPrecision());
    Map<String, org.tensorflow.Operand<?>> more =
        drops ? Map.of("step", graph.inputs().step()) : Map.of();
    Denoiser whole = new ImportedDenoiser(tf, "model", function, weights.weights(), more);
    // Slices would all drop the same of their rows.
    return drops ? whole : Slices.of(whole, graph.inputs().slices());
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
