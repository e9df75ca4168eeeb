package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model that a setting or a flag names: a SavedModel's folder, or the {@code .pbtxt} of a
 * network.
 */
public final class NamedModel {
  private NamedModel() {}

  /** Whether it is a description: whatever it describes has random weights, or is a formula. */
  public static boolean described(Path path) {
    return path.toString().endsWith(".pbtxt");
  }

  /**
   * Reads a SavedModel, or builds a network from its description.
   *
   * @param seed of the first weights of a network that is described
   * @param said of a SavedModel, in the place of what it says of itself; may be empty
   */
  public static DenoiserModel open(Path path, long seed, Optional<ModelInfo> said) {
    return described(path) ? built(path, seed, said) : DenoiserModel.read(path, said);
  }

  /** The same of what is to be a student, which need not be a denoiser. */
  public static StudentModel openStudent(Path path, long seed, Optional<ModelInfo> said) {
    return described(path) ? built(path, seed, said) : readStudent(path, said);
  }

  /**
   * Reads a SavedModel: a denoiser, or a generator.
   *
   * @param said of it in the place of what it says of itself; may be empty
   * @throws InputException when it is none, lacks the signature, or a tensor does not fit
   */
  public static StudentModel readStudent(Path path, Optional<ModelInfo> said) {
    ModelInfo info = ModelInfo.of(path, said);
    SavedModel model = info.model(path);
    boolean generates =
        info.info().hasGenerator()
            || !info.info().hasMapping()
                && !model.signatures().contains(DenoiserModel.SIGNATURE)
                && model.signatures().contains(GeneratorModel.SIGNATURE);
    return generates ? GeneratorModel.of(model, info) : DenoiserModel.of(model, info);
  }

  private static DenoiserModel built(Path path, long seed, Optional<ModelInfo> said) {
    if (said.isPresent()) {
      throw new InputException(
          said.get().where(),
          "said of " + path + ", the description of a network",
          "what is said of a SavedModel",
          "leave it out: a network that is described needs no mapping");
    }
    return Networks.denoiser(description(path), seed).from(path.toString());
  }

  /** Opens a model that is to be learnt from: of descriptions only mixtures. */
  public static DenoiserModel openTeacher(Path path, Optional<ModelInfo> said) {
    requireTrained(path);
    return open(path, 0, said);
  }

  /** Opens a model that is to be sampled, a teacher or a student: of descriptions only mixtures. */
  public static StudentModel openToDraw(Path path, Optional<ModelInfo> said) {
    requireTrained(path);
    return openStudent(path, 0, said);
  }

  /** A network with random weights has learnt nothing. */
  private static void requireTrained(Path path) {
    if (described(path) && mixture(path).isEmpty()) {
      throw new InputException(
          path.toString(),
          "the description of a network that is not trained",
          "a SavedModel, or the description of a mixture",
          "train the network with ./fdistill pretrain and name its SavedModel");
    }
  }

  /** The mixture that a path describes, if it does. */
  public static Optional<GaussianMixture> mixture(Path path) {
    if (!described(path)) {
      return Optional.empty();
    }
    NetworkConfig network = description(path);
    return network.hasMixture() ? Optional.of(Networks.mixture(network)) : Optional.empty();
  }

  private static NetworkConfig description(Path path) {
    NetworkConfig network = Configs.read(path, NetworkConfig.getDefaultInstance(), List.of());
    SettingChecks.check(path, network);
    Networks.requireBuildable(network, path.toString());
    return network;
  }

  /** Writes a model as a SavedModel, whole or not at all, with what else is to stand there. */
  public static void write(DenoiserModel model, Path version, AtomicFolder.Content more)
      throws IOException {
    AtomicFolder.write(
        version,
        folder -> {
          try (SavedModelBuilder builder = new SavedModelBuilder()) {
            model.addTo(builder);
            builder.write(folder);
            model.writeInfo(folder);
          }
          more.writeTo(folder);
        });
  }

  /**
   * The model as a SavedModel has it: one that was built from a description is written there first,
   * unless it is there already.
   */
  public static DenoiserModel asSavedModel(DenoiserModel model, Path version) throws IOException {
    if (!described(Path.of(model.origin()))) {
      return model;
    }
    if (!Files.exists(version)) {
      write(model, version, folder -> {});
    }
    return DenoiserModel.read(version);
  }
}
