package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.data.Images;
import io.github.fdistill.files.Folders;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.PipelineParts;
import io.github.fdistill.pickle.Made;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.PickleFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;

/**
 * A model of others as a denoiser of ours: its description, its weights, which stay in its files,
 * and what is known of it.
 */
public final class Importing {
  private static final String NO_CLASS =
      "it has not learnt \"no class\", which guidance needs; docs/import.md says how it can";

  private final Foreign foreign;
  private final DenoiserModel model;
  private final Optional<PipelineParts> parts;
  private final List<String> ofParts = new ArrayList<>();

  /**
   * What a user says of a source beside its path.
   *
   * @param like the description of the network whose weights a file holds
   * @param sit whether a checkpoint whose names fit both is of SiT, or of DiT
   * @param variant of the weights of a folder, such as fp16
   * @param autoencoder a folder that has one for a network of latents; without one, that beside it
   */
  public record Options(
      Optional<Path> like,
      Optional<Boolean> sit,
      Optional<String> variant,
      Optional<Path> autoencoder) {
    /** Nothing is said. */
    public static final Options NONE =
        new Options(Optional.empty(), Optional.empty(), Optional.empty());

    /** No autoencoder is named. */
    public Options(Optional<Path> like, Optional<Boolean> sit, Optional<String> variant) {
      this(like, sit, variant, Optional.empty());
    }

    /** The same with the folder of an autoencoder. */
    public Options with(Path folder) {
      return new Options(like, sit, variant, Optional.of(folder));
    }
  }

  private Importing(Foreign foreign, String origin, Path source, Options options) {
    this.foreign = foreign;
    requireBuilt(foreign.network(), origin);
    Coverage.requireEnough(foreign.network(), foreign.tensors());
    DenoiserModel built = Networks.denoiser(foreign.network(), 0);
    ImportedWeights weights =
        Coverage.of(built.function().parameters(), foreign.tensors(), foreign.names());
    DenoiserInfo.Builder said = built.info().toBuilder().addAllClassName(foreign.classNames());
    if (lacksNoClass()) {
      said.setLearntNoClass(false);
    }
    DenoiserInfo info = said.build();
    parts = parts(source, built.image(), options);
    DenoiserInfo told =
        parts
            .filter(PipelineParts::readsTexts)
            .map(p -> p.withNone(info, foreign.network().getContext()))
            .orElse(info);
    model = new DenoiserModel(origin, built.function(), weights, told, built.image());
  }

  /** A refusal names a field of the description here, which stands in no file of the user's. */
  private static void requireBuilt(NetworkConfig network, String origin) {
    try {
      Networks.requireBuildable(network, origin + ", as it is described here");
    } catch (InputException e) {
      throw e.withRemedy(Settings.ROAD + (network.hasContext() ? Settings.NO_PROMPTS : ""));
    }
  }

  private boolean lacksNoClass() {
    return foreign.network().getClasses() > 0 && !foreign.learntNoClass();
  }

  private static boolean ofLatents(Shape image) {
    return Images.areLatents(image.get(0), image.get(1), image.get(2));
  }

  /** What stands around the network, by what lies beside it and what is asked for. */
  private Optional<PipelineParts> parts(Path source, Shape latents, Options options) {
    Path beside = source.resolve("vae");
    boolean given = options.autoencoder().isPresent();
    boolean texts = foreign.network().hasContext();
    Optional<Path> folder =
        given || texts || !Folders.isThere(beside) ? options.autoencoder() : Optional.of(beside);
    PartReading reading =
        new PartReading(options.variant(), foreign.tensors()::addFile, ofParts::add);
    Optional<AutoencoderSource> both =
        folder.map(f -> AutoencoderFolder.read(f, reading, latents, foreign.units().get()));
    Optional<PipelineParts> pipeline =
        texts ? PipelineSource.read(source, reading, latents, both) : Optional.empty();
    return pipeline.or(() -> both.map(b -> PipelineParts.of(b.encoder(), b.decoder())));
  }

  /**
   * Reads a model.
   *
   * @param source a folder of the library diffusers, a pickle of EDM or EDM2, or a file of weights
   * @throws InputException when it is none that is known, or damaged
   */
  public static Importing read(Path source, Options options) {
    return new Importing(foreign(source, options), source.toString(), source, options);
  }

  private static Foreign foreign(Path source, Options options) {
    if (Files.isDirectory(source)) {
      refuseDescription(options, source + ", a folder");
      return DiffusersSource.read(source, options.variant());
    }
    boolean variants = options.autoencoder().isPresent(); // Its folder may have some.
    refuse(
        options.variant().isPresent() && !variants,
        "variant",
        source + ", one file",
        "a folder that has several");
    String name = source.getFileName().toString();
    if (name.endsWith(".safetensors") || name.endsWith(".json")) {
      return weights(source, WeightFiles.read(source), new Settings(name, Map.of()), options);
    }
    PickleDict root = PickleFile.read(source);
    if (root.get("ema") instanceof Made network) {
      refuseDescription(options, source + ", a network with its arguments");
      return network(source, root, network);
    }
    Settings training = StateDict.arguments(source, root);
    return weights(source, StateDict.tensors(source, root), training, options);
  }

  /** What tells which network weights are of has no effect where their files do. */
  private static void refuseDescription(Options options, String found) {
    refuse(options.like().isPresent(), "like", found, "a file of weights alone");
    refuse(options.sit().isPresent(), "as", found, "a checkpoint of DiT or SiT");
  }

  private static void refuse(boolean said, String flag, String found, String needed) {
    if (said) {
      throw new InputException("--" + flag, "beside " + found, needed, "leave --" + flag + " out");
    }
  }

  private static Foreign network(Path source, PickleDict root, Made network) {
    if (EdmSource.is(network)) {
      return EdmSource.read(source, root, network);
    } else if (Edm2Source.is(network)) {
      return Edm2Source.read(source, root, network);
    }
    throw new InputException(
        source.toString(),
        network + " under 'ema'",
        "a network of EDM (EDMPrecond, VPPrecond, VEPrecond, iDDPMPrecond) or EDM2 (Precond)",
        Settings.ROAD);
  }

  private static Foreign weights(Path source, Tensors tensors, Settings training, Options options) {
    if (options.like().isPresent()) {
      refuse(options.sit().isPresent(), "as", "--like", "one of them");
      Path file = options.like().get();
      NetworkConfig like = Configs.read(file, NetworkConfig.getDefaultInstance(), List.of());
      Networks.requireBuildable(like, file.toString());
      tensors.addFile(file);
      return LikeSource.read(tensors, like);
    } else if (DitSource.looksLike(tensors)) {
      return DitSource.read(source, tensors, options.sit(), training);
    }
    if (InceptionSource.looksLike(tensors)) {
      throw new InputException(
          source.toString(),
          "weights of Inception v3, whose features images are compared by",
          "the size of the images that it is to see",
          "give it: --features 32x32, say");
    }
    throw undescribed(source, tensors.names());
  }

  private static InputException undescribed(Path source, Set<String> names) {
    if (names.stream().anyMatch(name -> name.startsWith("model.diffusion_model."))) {
      return new InputException(
          source.toString(),
          "weights of Stable Diffusion in one file",
          "the folder of a pipeline",
          "name the folder as the library diffusers has it, with its model_index.json");
    }
    Optional<String> original =
        names.stream().filter(name -> ("." + name).contains(".input_blocks.")).findFirst();
    if (original.isPresent()) {
      return new InputException(
          source.toString(),
          "weights in the names of ADM, iDDPM and consistency models, such as " + original.get(),
          "names of EDM or of the library diffusers; these are not read",
          "export the network as ONNX and import that (docs/import.md)");
    }
    return new InputException(
        source.toString(),
        names.stream().findFirst().map("weights alone, such as "::concat).orElse("no tensors"),
        "a description of the network that they are of",
        "name the description with --like NETWORK.pbtxt");
  }

  /** The denoiser that it is. */
  public DenoiserModel model() {
    return model;
  }

  /** Text encoders and an autoencoder, or an autoencoder alone, where they are to stand around. */
  public Optional<PipelineParts> parts() {
    return parts;
  }

  /** What it is, in a few words. */
  public String kind() {
    return foreign.kind();
  }

  /** Its description. */
  public NetworkConfig network() {
    return foreign.network();
  }

  /** The files that it was read from. */
  public List<Path> files() {
    return foreign.tensors().files();
  }

  /** How many tensors they hold. */
  public int tensors() {
    return foreign.tensors().count();
  }

  /** Tensors of its files that are not needed, each with the reason. */
  public Map<String, String> leftOut() {
    return foreign.tensors().leftOut();
  }

  /** What its files say of their use, or what is known of such models; may be empty. */
  public String licence() {
    return foreign.licence();
  }

  /** What a user should know. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(foreign.notes());
    notes.addAll(ofParts);
    if (lacksNoClass()) {
      notes.add(NO_CLASS);
    }
    if (parts.isEmpty() && ofLatents(model.image())) {
      notes.add(
          "without a decoder its samples are numbers; --autoencoder FOLDER puts one beside it");
    }
    return notes;
  }
}
