package io.github.fdistill.training;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.diffusion.Slices;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ImportedDenoiser;
import io.github.fdistill.network.Networks;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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
        network.getUnet().getDropout() > 0
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
    if (config.getPrecision() == Precision.BFLOAT16) {
      function = function.inBfloat16();
    }
    Map<String, org.tensorflow.Operand<?>> more =
        drops ? Map.of("step", graph.inputs().step()) : Map.of();
    Denoiser whole = new ImportedDenoiser(tf, "model", function, weights.weights(), more);
    // Slices would all drop the same of their rows.
    return drops ? whole : Slices.of(whole, graph.inputs().slices());
  }

  /** Runs to the last step or until asked to stop. */
  public TrainingLoop.Outcome run(
      Batches batches, TrainingLoop.Outputs outputs, BooleanSupplier stop) throws IOException {
    return graph.run(batches, outputs, stop);
  }

  /** How long a step takes, by the time of a few. */
  public double secondsPerStep(Batches batches) {
    return graph.secondsPerStep(batches);
  }

  /**
   * Makes two steps from where the run stands, to see what they take; writes nothing.
   *
   * @param checkpoints of the run; there need be none
   * @param room hears of the variables before there are any, and throws if there is no room
   */
  public Rehearsal rehearse(Batches batches, Checkpoints checkpoints, Consumer<Holdings> room)
      throws IOException {
    return graph.rehearse(batches, checkpoints, room);
  }

  /** Its steps one at a time, from the beginning; the caller closes this after its use. */
  public Trial trial(Batches batches) {
    return graph.trial(batches);
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

  @Override
  public void close() {
    graph.close();
  }
}
