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
 * network it is, but not which of the two, nor how many heads.
 */
final class DitSource {
  /** Heads of the widths that were published: XL, L, B, S. */
  private static final Map<Long, Integer> HEADS = Map.of(1152L, 16, 1024L, 16, 768L, 12, 384L, 6);

  private static final long MOST = 1 << 16;

  private final Path file;
  private final Tensors tensors;

  private DitSource(Path file, Tensors tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  static boolean looksLike(Tensors tensors) {
    return tensors.has("x_embedder.proj.weight")
        && tensors.has("blocks.0.attn.qkv.weight")
        && tensors.has("final_layer.linear.weight")
        && tensors.has("pos_embed");
  }

  /**
   * @param sit whether it is said to be SiT or DiT; needed
   * @throws InputException when it is neither
   */
  static Foreign read(Path file, Tensors tensors, Optional<Boolean> sit) {
    if (sit.isEmpty()) {
      throw new InputException(
          file.toString(),
          "a checkpoint of DiT or SiT, whose tensors have the same names",
          "which of the two it is",
          "say --as dit or --as sit");
    }
    return new DitSource(file, tensors).read(sit.get());
  }

  private Foreign read(boolean sit) {
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
    config.setClasses(rows - 1);
    DiTConfig.Builder dit =
        DiTConfig.newBuilder()
            .setPatch((int) patch)
            .setWidth((int) width)
            .setBlocks(blocks())
            .setHeads(heads)
            .setHidden((int) size("blocks.0.mlp.fc1.weight", 2, 0))
            .setStoredPlaces(!areWaves(tensors.get("pos_embed"), side / patch, side / patch));
    if (!dit.getStoredPlaces()) {
      tensors.leaveOut("pos_embed", "sines and cosines, which are computed");
    }
    config.setDit(dit);
    config.setConvention(convention(sit, out == 2 * in));
    return new Foreign(
        sit ? "SiT" : "DiT",
        config.build(),
        true,
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

  /** DDPM's 1000 steps, or data at 1 and noise at 0. */
  static NoiseConvention convention(boolean sit, boolean learnedVariance) {
    NoiseConvention.Builder convention =
        NoiseConvention.newBuilder().setLearnedVariance(learnedVariance);
    return sit
        ? convention
            .setPredicts(Prediction.VELOCITY)
            .setFlow(FlowSchedule.newBuilder().setFromNoise(true))
            .build()
        : convention
            .setPredicts(Prediction.EPSILON)
            .setDdpm(DdpmSchedule.newBuilder().setSteps(1000))
            .build();
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
