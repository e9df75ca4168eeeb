package io.github.fdistill.training;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.Batches;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.WeightArrays;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;

/** A real network and a real run, as small as they come. */
public final class Tiny {
  public static final int BATCH = 4;
  public static final int CLASSES = 3;

  private Tiny() {}

  /** A U-Net for 8x8 grey images with maps of 8x8 and 4x4. */
  public static NetworkConfig network() {
    NetworkConfig.Builder network = NetworkConfig.newBuilder().setClasses(CLASSES);
    network.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    network.getUnetBuilder().setChannels(8).addMultiplier(1).addMultiplier(1).setGroupChannels(4);
    return network.build();
  }

  /** For the same images, a hidden layer: its graph is prepared in a fifth of the time. */
  static NetworkConfig smallNetwork() {
    NetworkConfig.Builder network = NetworkConfig.newBuilder().setClasses(CLASSES);
    network.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    network.getMlpBuilder().addHidden(8);
    return network.build();
  }

  /** The denoiser with random weights, none of them zero. */
  public static DenoiserModel model(long seed) {
    return model(network(), seed);
  }

  /** The same of the small network. */
  static DenoiserModel small(long seed) {
    return model(smallNetwork(), seed);
  }

  static DenoiserModel model(NetworkConfig network, long seed) {
    DenoiserModel model = Networks.denoiser(network, seed);
    float[] values = WeightArrays.of(model.weights());
    Random random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (0.02 * random.nextGaussian());
    }
    return model.with(WeightArrays.weights(model.function().parameters(), values));
  }

  public static DistillConfig.Builder config() {
    DistillConfig.Builder config =
        DistillConfig.newBuilder()
            .setSteps(3)
            .setBatchSize(BATCH)
            .setPictureEverySteps(1)
            .setPrecision(Precision.FLOAT32);
    config.getOptimiserBuilder().setLearningRate(1e-3);
    config.getDiscriminatorBuilder().setChannels(8).setGanWeight(0.1);
    config.getScheduleBuilder().setCriticSteps(2);
    return config;
  }

  /** Means over the whole batch everywhere: of weights, and of ratios in bins that remember. */
  static DistillConfig.Builder config(int parts) {
    DistillConfig.Builder config =
        config().setDivergence(DistillConfig.Divergence.FORWARD_KL).setAccumulationSteps(parts);
    config.getRatioBuilder().setBins(2).setDecay(0.5).setMin(1e-3).setMax(1e3);
    // A large epsilon: updates in proportion to gradients, so that rounding stays rounding.
    config
        .getDiscriminatorBuilder()
        .setR1Weight(1)
        .getOptimiserBuilder()
        .setLearningRate(2)
        .setEpsilon(0.9);
    config.getOptimiserBuilder().setClipNorm(1e-3);
    return config;
  }

  static Distillation distillation(DistillConfig.Builder config) {
    return new Distillation(Models.of(model(1), model(2)), config.build());
  }

  static Distillation smallDistillation(DistillConfig.Builder config) {
    return new Distillation(Models.of(small(1), small(2)), config.build());
  }

  /** Inputs of batches that are computed here whole. */
  static StepInputs inputs(
      Ops tf, int batchSize, int parts, Shape image, Conditioning conditioning, long seed) {
    return StepInputs.create(tf, batchSize, parts, image, conditioning, seed, Share.ALL);
  }

  /** A state that lies where all is computed. */
  static State state(Ops tf) {
    return new State(tf, Optional.empty(), Memories.ONE);
  }

  public static Batches batches() {
    return new Batches(PlainImages.of(10, 8, 8, CLASSES), BATCH, 5);
  }

  /** Everything into one folder. */
  public static TrainingLoop.Outputs outputs(Path folder, TrainingLoop.Look... looks) {
    return new TrainingLoop.Outputs(
        new Checkpoints(folder.resolve("checkpoints"), 99),
        new RunLog.Files(
            folder.resolve("metrics.jsonl"), Optional.empty(), folder.resolve("pictures")),
        Progress.Options.of(Progress.Display.NOTHING),
        List.of(looks));
  }
}
