package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.network.Networks;
import java.nio.file.Path;
import java.util.List;

/** A file of weights alone, of a network that is described: its family says the names. */
final class LikeSource {
  private LikeSource() {}

  /**
   * @throws InputException when the description has no weights, or others
   */
  static Foreign read(Path file, Tensors tensors, NetworkConfig like) {
    if (like.hasMixture()) {
      throw new InputException(
          "--like", "a mixture, which has no weights", "a network", "name another description");
    }
    Parameters parameters = Networks.denoiser(like, 0).function().parameters();
    for (String name : tensors.names()) {
      leaveOut(tensors, name, like);
    }
    Names names = names(like, prefix(tensors, parameters, like));
    return new Foreign(
        "weights of a network that is described", like, tensors, names, List.of(), "", List.of());
  }

  private static void leaveOut(Tensors tensors, String name, NetworkConfig like) {
    boolean edm = like.hasSongUnet() || like.hasDhariwalUnet() || like.hasEdm2Unet();
    if (edm
        && (name.endsWith("resample_filter")
            || name.endsWith(".freqs")
            || name.endsWith(".phases"))) {
      tensors.leaveOut(name, "fixed, and in the network's description");
    } else if (edm
        && (name.contains("logvar_")
            || name.endsWith("map_augment.weight") && Networks.augmentationLabels(like) == 0)) {
      tensors.leaveOut(name, "of its own training alone");
    } else if (like.hasDit() && name.endsWith("pos_embed") && !like.getDit().getStoredPlaces()) {
      tensors.leaveOut(name, "sines and cosines, which are computed");
    }
  }

  private static Names names(NetworkConfig like, String prefix) {
    return switch (like.getBodyCase()) {
      case SONG_UNET -> new EdmNames(prefix, 0);
      case DHARIWAL_UNET -> new EdmNames(prefix, 64);
      case EDM2_UNET -> new EdmNames(prefix, like.getEdm2Unet().getHeadChannels());
      case DDPM_UNET -> new DdpmNames(prefix);
      case DIT -> new DitNames(prefix);
      default ->
          (parameter, tensors) ->
              tensors.use(prefix + parameter.name()).map(List::of).orElse(List.of());
    };
  }

  /** What stands before all names, such as "model.". */
  private static String prefix(Tensors tensors, Parameters parameters, NetworkConfig like) {
    Parameter last = parameters.list().get(parameters.list().size() - 1);
    Tensors copy = tensors.untouched();
    for (String name : copy.names()) {
      for (int end = 0; end >= 0; end = next(name, end)) {
        String prefix = name.substring(0, end);
        if (!names(like, prefix).of(last, copy).isEmpty()) {
          return prefix;
        }
      }
    }
    return "";
  }

  /** Where the next prefix ends, behind a dot; -1 where there is none. */
  private static int next(String name, int end) {
    int dot = name.indexOf('.', end);
    return dot < 0 ? -1 : dot + 1;
  }
}
