package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.data.Images;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.LatentUnits;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.PipelineParts;
import io.github.fdistill.savedmodel.SavedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.tensorflow.ndarray.Shape;

/**
 * A folder that a user names for its autoencoder, to be put around a network of latents: one of the
 * library diffusers, the pipeline that has one in {@code vae/}, or a SavedModel: one that has an
 * autoencoder beside its graph, or is one, with the signatures {@code encode} and {@code decode}.
 */
public final class AutoencoderFolder {
  private static final String CONFIG = PartReading.CONFIG;
  private static final String VAE = "vae";
  private static final String GRAPH = "saved_model.pb";
  private static final String NEEDED =
      "an autoencoder of the library diffusers (config.json, weights), a pipeline with vae/, or a"
          + " SavedModel with an autoencoder";

  private AutoencoderFolder() {}

  /**
   * Reads it, to be put around a network that takes no texts.
   *
   * @param latents [h,w,L] of the network, in the units that the autoencoder says
   * @param files is told those that are read
   * @param notes is told what a user should know
   * @throws InputException when it is none, or of other latents
   */
  public static PipelineParts parts(
      Path folder, Shape latents, Consumer<Path> files, Consumer<String> notes) {
    PartReading reading = new PartReading(Optional.empty(), files, notes);
    AutoencoderSource both = read(folder, reading, latents, Optional.empty());
    return PipelineParts.of(both.encoder(), both.decoder());
  }

  /**
   * Refuses an autoencoder around a network whose latents would be taken for pictures or points, by
   * their shape.
   *
   * @param where the autoencoder or the network is, for messages
   * @param latents [h,w,L] of the network
   * @throws InputException saying the shape
   */
  static void requireLatents(Path where, Shape latents) {
    if (!Images.areLatents(latents.get(0), latents.get(1), latents.get(2))) {
      throw new InputException(
          where.toString(),
          latents + " of the network, with an autoencoder around them",
          "latents of 2, 4 or more channels: 1 and 3 are pictures' everywhere else",
          "of a network that draws pictures leave --autoencoder and vae out; latents of 1 and 3"
              + " channels are not built");
    }
  }

  /**
   * Reads it.
   *
   * @param latents [h,w,L] of the network
   * @param units of the network's latents, where they are others than the autoencoder says
   * @throws InputException when it is none, or of other latents
   */
  static AutoencoderSource read(
      Path folder, PartReading reading, Shape latents, Optional<LatentUnits> units) {
    requireLatents(folder, latents);
    for (Path place : new Path[] {folder.resolve(VAE), folder}) {
      if (RegularFile.isThere(place.resolve(CONFIG))) {
        return AutoencoderSource.read(place, reading, latents, units);
      }
    }
    Path version = SavedModel.versionIn(folder);
    Optional<Pipeline> around = Pipeline.in(version).filter(Pipeline::decodes);
    if (around.isEmpty() && !RegularFile.isThere(version.resolve(GRAPH))) {
      throw new InputException(
          folder.toString(), "neither " + CONFIG + " nor a SavedModel", NEEDED, "name such a one");
    }
    if (units.isPresent()) {
      throw new InputException(
          folder.toString(),
          "a SavedModel, whose latents have their own units",
          "an autoencoder of the library diffusers, of which the network's latents are made in"
              + " others",
          "name its folder, such as vae/ of Stable Diffusion");
    }
    PartModel encoder =
        around.map(Pipeline::encoder).orElseGet(() -> Autoencoder.readEncoder(version));
    PartModel decoder =
        around.map(Pipeline::decoder).orElseGet(() -> Autoencoder.readDecoder(version));
    requireFits(folder, encoder, decoder, latents);
    around
        .map(Pipeline::autoencoder)
        .orElse(List.of(version))
        .forEach(part -> files(part).forEach(reading.files()));
    return new AutoencoderSource(encoder, decoder);
  }

  /** Refuses halves of which one makes other images or latents than the other takes. */
  private static void requireFits(
      Path folder, PartModel encoder, PartModel decoder, Shape latents) {
    Map<String, Shape> encoded = encoder.outputRows();
    Shape decoded = decoder.outputRows().get(Autoencoder.IMAGES);
    String drawn = "the network draws";
    requireSame(folder, "decode: latents", decoder.row(), latents, drawn);
    for (String name : encoded.keySet()) {
      requireSame(folder, "encode: " + name, encoded.get(name), latents, drawn);
    }
    if (!Pipeline.isPicture(encoder.row())) {
      throw wrong(
          folder,
          "encode: images " + encoder.row(),
          "pictures of at most " + Pipeline.MOST_SIDE + " pixels a side, and 3 channels");
    }
    requireSame(folder, "decode: images", decoded, encoder.row(), "encode takes");
  }

  /**
   * @param whose the needed shape is, in words after "which"
   */
  private static void requireSame(
      Path folder, String what, Shape found, Shape needed, String whose) {
    if (!found.isCompatibleWith(needed)) {
      throw wrong(folder, what + " " + found, needed + ", which " + whose);
    }
  }

  private static InputException wrong(Path folder, String found, String needed) {
    return new InputException(
        folder.toString(),
        found,
        needed,
        "name with --autoencoder the one that the network was trained with; one of the library"
            + " diffusers is taken for any height and width");
  }

  /** Those that the graph and the weights of a SavedModel are in. */
  private static List<Path> files(Path savedModel) {
    List<Path> files = new ArrayList<>(List.of(savedModel.resolve(GRAPH)));
    Path weights = savedModel.resolve("variables");
    if (Files.isDirectory(weights)) { // A network of constants alone has none.
      files.addAll(WeightFiles.files(weights));
    }
    return files;
  }
}
