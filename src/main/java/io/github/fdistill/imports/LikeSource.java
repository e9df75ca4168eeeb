package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Edm2UNetConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Resampling;
import io.github.fdistill.config.SongUNetConfig;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.network.LatentUnits;
import io.github.fdistill.network.Networks;
import io.github.fdistill.tensors.NamedTensor;
import java.util.List;
import java.util.Optional;

/**
 * A file of weights alone, of a network that is described: its family says the names. What the
 * description leaves to the file is taken from there, and what both say has to be the same.
 */
final class LikeSource {
  /** Of what stands before all names, such as "module.ema.model." */
  private static final int MOST_DOTS = 8;

  private final Tensors tensors;
  private final NetworkConfig like;
  private final String prefix;

  private LikeSource(Tensors tensors, NetworkConfig like) {
    this.tensors = tensors;
    this.like = like;
    this.prefix = prefix(tensors, Networks.denoiser(like, 0).function().parameters(), like);
  }

  /**
   * @throws InputException when the description has no weights, or others
   */
  static Foreign read(Tensors tensors, NetworkConfig like) {
    if (like.hasMixture()) {
      throw new InputException(
          "--like", "a mixture, which has no weights", "a network", "name another description");
    }
    return new LikeSource(tensors, like).read();
  }

  private Foreign read() {
    boolean edm = like.hasSongUnet() || like.hasDhariwalUnet() || like.hasEdm2Unet();
    for (String name : tensors.names()) {
      boolean augments = name.endsWith("map_augment.weight");
      if (edm && (name.contains("logvar_") || augments && Networks.augmentationLabels(like) == 0)) {
        tensors.leaveOut(name, "of its own training alone");
      }
    }
    checkLevels();
    return new Foreign(
        "weights of a network that is described",
        completed(),
        Networks.hasRowOfNoClass(like),
        tensors,
        names(like, prefix),
        List.of(),
        "",
        List.of(),
        () ->
            Optional.of(LatentUnits.EDM2)
                .filter(units -> like.hasEdm2Unet() && units.fit(like.getImage().getChannels())));
  }

  /** They stand beside the network, which is "model." there. */
  private void checkLevels() {
    String name = prefix.replaceFirst("model\\.$", "") + EdmConstants.LEVELS;
    if (like.getConvention().hasIddpm() && tensors.has(name)) {
      EdmConstants.checkLevels(tensors, name, like.getConvention().getIddpm());
    }
  }

  /** The description, with the numbers that are fixed in the file. */
  private NetworkConfig completed() {
    NetworkConfig.Builder whole = like.toBuilder();
    switch (like.getBodyCase()) {
      case SONG_UNET -> {
        SongUNetConfig song = like.getSongUnet();
        EdmConstants.checkFilters(tensors, song.getResampling());
        if (song.getNoise() == SongUNetConfig.Noise.FOURIER) {
          whole
              .getSongUnetBuilder()
              .clearFrequency()
              .addAllFrequency(
                  fixed("frequency", song.getFrequencyList(), EdmConstants.FREQUENCIES));
        }
      }
      case DHARIWAL_UNET -> EdmConstants.checkFilters(tensors, Resampling.BOX);
      case EDM2_UNET -> {
        Edm2UNetConfig edm2 = like.getEdm2Unet();
        EdmConstants.checkFilters(tensors, edm2.getResampling());
        whole
            .getEdm2UnetBuilder()
            .clearFrequency()
            .addAllFrequency(
                fixed("frequency", edm2.getFrequencyList(), EdmConstants.FREQUENCIES_2))
            .clearPhase()
            .addAllPhase(fixed("phase", edm2.getPhaseList(), EdmConstants.PHASES_2));
      }
      case DIT -> checkPlaces();
      default -> {
        return like;
      }
    }
    return whole.build();
  }

  /** Those of the file; where it has none, those of the description. */
  private List<Float> fixed(String field, List<Float> said, String tensor) {
    String name = prefix + tensor;
    List<Float> held = tensors.has(name) ? EdmConstants.numbers(tensors, name) : List.of();
    if (said.isEmpty() && held.isEmpty()) {
      throw new InputException(
          tensors.where(),
          "no tensor " + name + ", and no " + field + " in the description",
          "the numbers that the network was trained with, which are drawn once",
          "save the weights with their buffers, or write the numbers into the description");
    } else if (!said.isEmpty() && !held.isEmpty() && !said.equals(held)) {
      throw new InputException(
          tensors.get(name).where(),
          "other numbers than " + field + " of the description has",
          "the same in both",
          "leave " + field + " out of the description: then those of the file are taken");
    }
    return held.isEmpty() ? said : held;
  }

  private void checkPlaces() {
    String name = prefix + "pos_embed";
    int patch = like.getDit().getPatch();
    if (like.getDit().getStoredPlaces() || !tensors.has(name)) {
      return;
    }
    int rows = like.getImage().getHeight() / patch;
    int columns = like.getImage().getWidth() / patch;
    NamedTensor places = tensors.get(name);
    boolean fits = places.size() == (long) rows * columns * like.getDit().getWidth();
    if (!DitSource.areWaves(places, rows, columns)) {
      throw new InputException(
          places.where(),
          places + (fits ? ", other numbers than the paper's sines and cosines" : ""),
          "places of " + rows + "x" + columns + " tokens, which are computed",
          fits
              ? "say stored_places: true in the description: then those of the file are taken"
              : "say the size of its images, its patch and its width in the description");
    }
    tensors.leaveOut(name, "sines and cosines, which are computed");
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
      int end = 0;
      for (int dots = 0; end >= 0 && dots <= MOST_DOTS; dots++) {
        String prefix = name.substring(0, end);
        if (!names(like, prefix).of(last, copy).isEmpty()) {
          return prefix;
        }
        end = next(name, end);
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
