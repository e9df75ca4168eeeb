package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DdpmSchedule;
import io.github.fdistill.config.DenoiserMapping.Prediction;
import io.github.fdistill.config.DiTConfig;
import io.github.fdistill.config.FlowSchedule;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConvention;
import io.github.fdistill.tensors.NamedTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An original checkpoint of DiT (Peebles and Xie 2023) or SiT (Ma et al. 2024): its shapes say what
 * network it is, but not which of the two, nor how many heads. Where a training kept its arguments
 * beside them, these have to agree.
 */
final class DitSource {
  /** Heads of the widths that were published: XL, L, B, S. */
  private static final Map<Long, Integer> HEADS = Map.of(1152L, 16, 1024L, 16, 768L, 12, 384L, 6);

  private static final long MOST = 1 << 16;

  private final Path file;
  private final Tensors tensors;
  private final Settings training;

  private DitSource(Path file, Tensors tensors, Settings training) {
    this.file = file;
    this.tensors = tensors;
    this.training = training;
  }

  static boolean looksLike(Tensors tensors) {
    return tensors.has("x_embedder.proj.weight")
        && tensors.has("blocks.0.attn.qkv.weight")
        && tensors.has("final_layer.linear.weight")
        && tensors.has("pos_embed");
  }

  /**
   * @param sit whether it is said to be SiT or DiT; needed
   * @param training its arguments; may be empty
   * @throws InputException when it is neither, or was trained as what is not built
   */
  static Foreign read(Path file, Tensors tensors, Optional<Boolean> sit, Settings training) {
    if (sit.isEmpty()) {
      throw new InputException(
          file.toString(),
          "a checkpoint of DiT or SiT, whose tensors have the same names",
          "which of the two it is",
          "say --as dit or --as sit");
    }
    requireNotTheOther(sit.get(), training);
    return new DitSource(file, tensors, training).read(sit.get());
  }

  /** The training's name of its model begins with DiT- or SiT-. */
  private static void requireNotTheOther(boolean sit, Settings training) {
    String other = sit ? "DiT" : "SiT";
    if (training.values().get("model") instanceof String model && model.startsWith(other + "-")) {
      throw new InputException(
          training.where() + ", model",
          model,
          "a model of " + (sit ? "SiT, for --as sit" : "DiT, for --as dit"),
          "say --as " + (sit ? "dit" : "sit"));
    }
  }

  private Foreign read(boolean sit) {
    NoiseConvention.Builder convention = convention(sit);
    long width = size("x_embedder.proj.weight", 4, 0);
    Integer heads = HEADS.get(width);
    if (heads == null) {
      throw new InputException(
          file.toString(),
          "tokens of width " + width + ", of which the file does not say how many heads it has",
          "a width that was published: 1152, 1024, 768 or 384",
          "describe the network, with dit { heads: ... }, and name the description with --like");
    }
    long in = size("x_embedder.proj.weight", 4, 1);
    long patch = size("x_embedder.proj.weight", 4, 2);
    long tokens = size("pos_embed", 3, 1);
    int side = Math.toIntExact(Math.round(Math.sqrt(tokens)) * patch);
    long out = size("final_layer.linear.weight", 2, 0) / (patch * patch);
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    config.getImageBuilder().setHeight(side).setWidth(side).setChannels((int) in);
    int rows = (int) size("y_embedder.embedding_table.weight", 2, 0);
    config.setClasses(classes(rows));
    boolean none = rows > config.getClasses();
    DiTConfig.Builder dit =
        DiTConfig.newBuilder()
            .setPatch((int) patch)
            .setWidth((int) width)
            .setBlocks(blocks())
            .setHeads(heads)
            .setHidden((int) size("blocks.0.mlp.fc1.weight", 2, 0))
            .setNoneLabel(none)
            .setStoredPlaces(!areWaves(tensors.get("pos_embed"), side / patch, side / patch));
    if (!dit.getStoredPlaces()) {
      tensors.leaveOut("pos_embed", "sines and cosines, which are computed");
    }
    config.setDit(dit);
    config.setConvention(convention.setLearnedVariance(out == 2 * in));
    return new Foreign(
        sit ? "SiT" : "DiT",
        config.build(),
        none,
        tensors,
        new DitNames(""),
        List.of(),
        sit ? "" : LICENCE,
        List.of(LATENTS));
  }

  static final String LICENCE =
      "the weights that were published for DiT are CC BY-NC 4.0: not for commercial use";

  static final String LATENTS =
      "its images are latents of Stable Diffusion's autoencoder, times 0.18215, where it was"
          + " trained on such";

  /** The classes of a training that says them; else all rows but that of "no class". */
  private int classes(int rows) {
    int classes =
        training.isGiven("num_classes") ? training.whole("num_classes", rows - 1) : rows - 1;
    if (rows - classes != 0 && rows - classes != 1) {
      throw new InputException(
          training.where() + ", num_classes",
          classes + ", beside weights for " + rows,
          "a row of weights for each class, and one for \"no class\" where that was trained",
          "describe the network, with its classes, and name the description with --like");
    }
    return classes;
  }

  /** DDPM's 1000 steps, or data at 1 and noise at 0. */
  private NoiseConvention.Builder convention(boolean sit) {
    NoiseConvention.Builder convention = NoiseConvention.newBuilder();
    if (!sit) {
      return convention
          .setPredicts(Prediction.EPSILON)
          .setDdpm(DdpmSchedule.newBuilder().setSteps(1000));
    }
    training.requireOnly("path_type", "Linear");
    String predicts = training.text("prediction", "velocity");
    return convention
        .setPredicts(
            switch (predicts) {
              case "velocity" -> Prediction.VELOCITY;
              case "noise" -> Prediction.EPSILON;
              default -> throw training.wrong("prediction", predicts, "velocity or noise");
            })
        .setFlow(FlowSchedule.newBuilder().setFromNoise(true));
  }

  private int blocks() {
    int blocks = 0;
    while (tensors.has("blocks." + blocks + ".attn.qkv.weight")) {
      blocks++;
    }
    return blocks;
  }

  private long size(String name, int axes, int axis) {
    NamedTensor tensor = tensors.get(name);
    boolean fits = tensor.shape().length == axes && tensor.shape()[axis] > 0;
    if (!fits || tensor.shape()[axis] > MOST) {
      throw new InputException(
          tensor.where(),
          tensor.toString(),
          axes + " axes of 1 to " + MOST,
          "the file is of another network");
    }
    return tensor.shape()[axis];
  }

  /**
   * Whether the places are the sines and cosines that the paper has.
   *
   * @param places [1,T,width]
   */
  static boolean areWaves(NamedTensor places, long rows, long columns) {
    boolean three = places.shape().length == 3;
    int width = three ? (int) places.shape()[2] : 0;
    if (!three || width % 4 != 0 || places.size() != rows * columns * width) {
      return false;
    }
    for (int token = 0; token < rows * columns; token++) {
      float[] row = places.part(1, token, 1).floats();
      for (int i = 0; i < width; i++) {
        int half = width / 2;
        long place = i < half ? token % columns : token / columns; // Its column, then its row.
        int quarter = half / 2;
        double angle = place * Math.pow(10_000, -(double) (i % quarter) / quarter);
        double wave = i % half < quarter ? Math.sin(angle) : Math.cos(angle);
        if (Math.abs(row[i] - wave) > 1e-5) {
          return false;
        }
      }
    }
    return true;
  }
}
