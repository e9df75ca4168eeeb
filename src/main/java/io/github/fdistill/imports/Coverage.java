package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DdpmUNetConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.tensors.NamedTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the tensors of each parameter, and demands that all of both are used. */
final class Coverage {
  /** Names that a message lists. */
  private static final int MOST = 12;

  private static final Pattern ADAPTER = Pattern.compile("\\.base_layer\\.|[._]lora[._]");

  private final Tensors tensors;
  private final List<String> missing = new ArrayList<>();

  private Coverage(Tensors tensors) {
    this.tensors = tensors;
  }

  /**
   * @throws InputException when a parameter has no tensor, or one of another shape, or a tensor is
   *     left over
   */
  static ImportedWeights of(Parameters parameters, Tensors tensors, Names names) {
    refuseAdapters(tensors);
    return new Coverage(tensors).weights(parameters, names);
  }

  /** Weights beside which PEFT or diffusers kept low-rank adapters have other names than theirs. */
  private static void refuseAdapters(Tensors tensors) {
    List<String> adapters = tensors.names().stream().filter(ADAPTER.asPredicate()).toList();
    if (!adapters.isEmpty()) {
      throw new InputException(
          tensors.where(),
          "adapters (LoRA) among its weights: " + listed(adapters),
          "weights alone, into which adapters are merged",
          "merge them and take them out before the model is saved: in diffusers"
              + " pipeline.fuse_lora() and then pipeline.unload_lora_weights()");
    }
  }

  /**
   * Refuses settings that speak of more blocks than there are tensors, before as many are built.
   *
   * @throws InputException naming both numbers
   */
  static void requireEnough(NetworkConfig network, Tensors tensors) {
    long blocks =
        switch (network.getBodyCase()) {
          case SONG_UNET ->
              blocks(network.getSongUnet().getBlocks(), network.getSongUnet().getMultiplierCount());
          case DHARIWAL_UNET ->
              blocks(
                  network.getDhariwalUnet().getBlocks(),
                  network.getDhariwalUnet().getMultiplierCount());
          case EDM2_UNET ->
              blocks(network.getEdm2Unet().getBlocks(), network.getEdm2Unet().getMultiplierCount());
          case DDPM_UNET -> blocks(network.getDdpmUnet());
          case DIT -> network.getDit().getBlocks();
          default -> 0;
        };
    refuseAdapters(tensors);
    if (blocks > tensors.count()) {
      throw new InputException(
          tensors.where(),
          tensors.count() + " tensors for " + blocks + " blocks",
          "a tensor for each parameter of the network",
          "the file is of another network than its settings, or --like, say");
    }
  }

  private static long blocks(long each, long levels) {
    return each * levels;
  }

  /** Those of its levels, and of the transformers behind each of these. */
  private static long blocks(DdpmUNetConfig unet) {
    long transformers =
        Stream.concat(
                unet.getAttentionLevelList().stream(), unet.getAttentionLevelUpList().stream())
            .filter(level -> level < unet.getTransformerBlocksCount())
            .mapToLong(unet::getTransformerBlocks)
            .sum();
    return blocks(unet.getBlocks(), unet.getChannelsCount() + transformers);
  }

  private ImportedWeights weights(Parameters parameters, Names names) {
    List<List<NamedTensor>> found = new ArrayList<>();
    for (Parameter parameter : parameters.list()) {
      List<NamedTensor> parts = names.of(parameter, tensors);
      if (parts.isEmpty()) {
        missing.add(parameter.name());
      }
      found.add(parts);
    }
    List<String> unused = tensors.unused();
    if (!missing.isEmpty() || !unused.isEmpty()) {
      throw new InputException(
          tensors.where(),
          "parameters without a tensor: "
              + listed(missing)
              + "; tensors without a parameter: "
              + listed(unused),
          "a tensor for each parameter of the network, and a use for each tensor",
          "the file is of another network than its settings, or --like, say");
    }
    for (int i = 0; i < found.size(); i++) {
      requireFits(parameters.list().get(i), found.get(i));
    }
    return new ImportedWeights(parameters, found);
  }

  private static String listed(List<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    String first = String.join(", ", names.subList(0, Math.min(MOST, names.size())));
    return names.size() > MOST ? first + " and " + (names.size() - MOST) + " more" : first;
  }

  private static void requireFits(Parameter parameter, List<NamedTensor> parts) {
    long size = 0;
    for (NamedTensor part : parts) {
      if (!part.type().isFloat()) {
        throw new InputException(
            part.where(),
            "numbers of type " + part.type(),
            "F32, F16, BF16 or F64",
            "save the weights as floats");
      }
      size += part.size();
    }
    boolean alone = parts.size() == 1;
    boolean fits =
        size == parameter.size()
            && (!alone || agree(parts.get(0).shape(), parameter.shape().asArray()));
    if (!fits) {
      throw new InputException(
          parts.get(0).where(),
          "shape " + Arrays.toString(parts.get(0).shape()) + " in our order of axes",
          parameter.shape() + " of the parameter " + parameter.name(),
          "the file is of another network than its settings, or --like, say");
    }
  }

  /** Whether axes of one of them are axes of the other cut up, axes of length 1 aside. */
  private static boolean agree(long[] cut, long[] whole) {
    int next = 0;
    for (long size : whole) {
      long product = 1;
      while (product < size && next < cut.length) {
        product *= cut[next++];
      }
      if (product != size) {
        return false;
      }
      while (next < cut.length && cut[next] == 1) {
        next++;
      }
    }
    return next == cut.length;
  }
}
