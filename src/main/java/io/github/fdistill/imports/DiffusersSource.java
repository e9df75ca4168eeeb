package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.ContextConfig;
import io.github.fdistill.config.ImageShape;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.network.Context;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;

/**
 * A folder of the library diffusers: a pipeline, with its networks in folders of their own or
 * beside it, or one network with its scheduler.
 */
final class DiffusersSource {
  private static final String CONFIG = "config.json";
  private static final String SCHEDULER = "scheduler_config.json";
  private static final String CLASS = "_class_name";
  private static final String UNET = "UNet2DModel";
  private static final String CROSS_UNET = "UNet2DConditionModel";
  private static final String VAE = "vae";
  private static final String DIT = "DiTTransformer2DModel";

  /** What the library called it before; of several networks, so that its norm says which. */
  private static final String OLD_DIT = "Transformer2DModel";

  private static final String SIX = "projection_class_embeddings_input_dim";
  private static final int USUAL_TOKENS = 77;

  private final Path folder;
  private final PipelineIndex pipeline;
  private final List<Path> files = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private DiffusersSource(Path folder) {
    this.folder = folder;
    pipeline = PipelineIndex.in(folder);
    if (PipelineIndex.isIn(folder)) {
      files.add(folder.resolve(PipelineIndex.FILE));
    }
  }

  /**
   * @param variant of the weights, such as fp16
   * @throws InputException when it is no such folder, or of a network that is not built
   */
  static Foreign read(Path folder, Optional<String> variant) {
    return new DiffusersSource(folder).read(variant);
  }

  private Map<String, Object> json(Path file) {
    files.add(file);
    return JsonFile.read(file);
  }

  private Foreign read(Optional<String> variant) {
    Path network = place("unet", "transformer", CONFIG);
    Settings said = new Settings(network.resolve(CONFIG).toString(), json(network.resolve(CONFIG)));
    String kind = kind(said);
    boolean texts = kind.equals(CROSS_UNET);
    Settings settings = texts ? said.ofTexts() : said;
    boolean unet = kind.equals(UNET);
    if (!unet && !texts && !kind.equals(DIT)) {
      throw settings.wrong(CLASS, kind, UNET + ", " + CROSS_UNET + " or " + DIT);
    } else if (!texts) {
      refuseTexts();
    }
    PipelineIndex around = PipelineIndex.around(network);
    refuseRefiner(around);
    around.refuseQuantised();
    settings
        .unknown(unet ? DdpmSource.KNOWN : texts ? CrossUNetSource.KNOWN : DiffusersDitSource.KNOWN)
        .ifPresent(notes::add);
    WeightFiles weights = WeightFiles.in(network, variant);
    if (!weights.variant().isEmpty()) {
      notes.add("weights of the variant " + weights.variant());
    }
    Tensors tensors = WeightFiles.read(weights.path());
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    int in = settings.whole("in_channels", unet ? 3 : 4);
    int out = settings.isGiven("out_channels") ? settings.whole("out_channels", 3) : in;
    if (in > out) {
      throw new InputException(
          settings.where() + ", in_channels",
          in
              + ": a network that takes more than its image, such as one for inpainting or upscaling",
          "as many as out_channels, " + out,
          "take a pipeline that draws whole images");
    } else if (out != in && out != 2 * in) {
      throw settings.wrong("out_channels", out, in + ", or twice as many with a variance");
    }
    size(settings, config, in, unet || texts);
    if (around.names(VAE)) {
      ImageShape image = config.getImage();
      AutoencoderFolder.requireLatents(
          network, Shape.of(image.getHeight(), image.getWidth(), image.getChannels()));
    }
    if (unet) {
      config.setClasses(
          settings.isGiven("num_class_embeds") ? settings.whole("num_class_embeds", 0) : 0);
      config.setDdpmUnet(DdpmSource.read(settings));
    } else if (texts) {
      config.setSigmaData(1).setDdpmUnet(CrossUNetSource.read(settings));
      config.setContext(context(settings, network));
    } else {
      config.setClasses(settings.whole("num_embeds_ada_norm", 1000));
      config.setDit(DiffusersDitSource.read(settings, tensors));
      notes.add(DitSource.LATENTS);
    }
    Settings scheduler = texts ? scheduler(network).ofTexts() : scheduler(network);
    scheduler
        .unknown(SchedulerSource.KNOWN)
        .ifPresent(unknown -> notes.add("scheduler: " + unknown));
    config.setConvention(SchedulerSource.read(scheduler, out == 2 * in));
    files.forEach(tensors::addFile);
    return new Foreign(
        kind + " of diffusers",
        config.build(),
        config.hasDit(), // Its table has a row for it.
        tensors,
        unet || texts ? new DdpmNames("") : new DiffusersDitNames(),
        classNames(config.getClasses()),
        licence(unet || texts),
        notes);
  }

  /** Its class, as the library calls it today. */
  private static String kind(Settings settings) {
    String kind = settings.text(CLASS, "none");
    boolean old = kind.equals(OLD_DIT);
    return old && settings.text("norm_type", "layer_norm").equals("ada_norm_zero") ? DIT : kind;
  }

  /** What a network takes of texts, as the text encoders beside it give them. */
  private static ContextConfig context(Settings settings, Path network) {
    Optional<Settings> first = beside(network, "text_encoder");
    Path tokenizer = PipelineIndex.beside(network, "tokenizer");
    int tokens = first.map(s -> ClipSource.length(s, tokenizer)).orElse(USUAL_TOKENS);
    ContextConfig context = CrossUNetSource.context(settings, tokens);
    Optional<Settings> second = beside(network, "text_encoder_2");
    int given = second.map(s -> s.whole("projection_dim", 512)).orElse(context.getPooled());
    if (context.getPooled() > 0 && context.getPooled() != given) {
      throw settings.wrong(
          SIX,
          settings.values().get(SIX),
          Context.SIZES_COUNT
              + " times addition_time_embed_dim, and "
              + given
              + ", projection_dim of text_encoder_2");
    }
    return context;
  }

  private static Optional<Settings> beside(Path network, String part) {
    Path config = PipelineIndex.beside(network, part).resolve(CONFIG);
    return JsonFile.ifThere(config)
        .map(said -> new Settings(config.toString(), said, Settings.PART));
  }

  private void size(Settings settings, NetworkConfig.Builder config, int channels, boolean unet) {
    List<Integer> size;
    if (settings.isGiven("sample_size") || !unet) {
      Object value = settings.values().get("sample_size");
      int side = value instanceof List<?> ? 0 : settings.whole("sample_size", 32);
      size =
          value instanceof List<?>
              ? settings.wholes("sample_size", List.of())
              : List.of(side, side);
    } else {
      throw settings.wrong("sample_size", "null", "the height and width of its images");
    }
    if (size.size() != 2) {
      throw settings.wrong("sample_size", size, "a height and a width");
    }
    config.getImageBuilder().setHeight(size.get(0)).setWidth(size.get(1)).setChannels(channels);
  }

  private void refuseTexts() {
    Set<String> given = pipeline.parts("text_encoder");
    if (!given.isEmpty()) {
      throw new InputException(
          folder.toString(),
          pipeline.said().get(CLASS) + ", a pipeline that draws what a text says (" + given + ")",
          "of pipelines with text those of " + CROSS_UNET + ": Stable Diffusion's",
          Settings.ROAD + Settings.NO_PROMPTS);
    }
  }

  /** It is told five numbers, the last of them a mark for beauty, in the place of six. */
  private static void refuseRefiner(PipelineIndex pipeline) {
    String option = "requires_aesthetics_score";
    if (Boolean.TRUE.equals(pipeline.said().get(option))) {
      throw new InputException(
          pipeline.folder().resolve(PipelineIndex.FILE) + ", " + option,
          "true: Stable Diffusion XL's refiner, which goes on from the base's images",
          "a network that is told the sizes of a picture alone",
          "take the base pipeline");
    }
  }

  /** The folder in which a network, or the scheduler, stands: one of these names, or the root. */
  private Path place(String name, String other, String file) {
    for (String folderName : List.of(name, other)) {
      if (RegularFile.isThere(folder.resolve(folderName).resolve(file))) {
        return folder.resolve(folderName);
      }
    }
    if (RegularFile.isThere(folder.resolve(file))) {
      return folder;
    }
    refuseSavedModel();
    throw new InputException(
        folder.toString(),
        "no "
            + file
            + " in it, nor in "
            + (name.equals(other) ? name + "/" : name + "/ or " + other + "/"),
        "a folder of the library diffusers, whole",
        "download the whole folder");
  }

  private void refuseSavedModel() {
    if (RegularFile.isThere(SavedModel.versionIn(folder).resolve("saved_model.pb"))) {
      throw new InputException(
          folder.toString(),
          "a SavedModel already, which is taken as it is",
          "a model as others save them",
          "see what it can be used for: ./fdistill inspect " + ShellWord.quoted(folder.toString()));
    }
  }

  /** That of the pipeline; of a network's folder alone, that of the pipeline around it. */
  private Settings scheduler(Path network) {
    Path around = PipelineIndex.beside(network, "scheduler").resolve(SCHEDULER);
    boolean here = RegularFile.isThere(folder.resolve(SCHEDULER));
    boolean alone = network.equals(folder) && !here && RegularFile.isThere(around);
    Path file = alone ? around : place("scheduler", "scheduler", SCHEDULER).resolve(SCHEDULER);
    return new Settings(file.toString(), json(file), SchedulerSource.REMEDY);
  }

  private String licence(boolean unet) {
    String said = Licence.in(folder);
    return said.isEmpty() && !unet ? DitSource.LICENCE : said;
  }

  /** Those of the pipeline: {@code id2label}. */
  private List<String> classNames(int classes) {
    List<String> names = new ArrayList<>();
    if (pipeline.said().get("id2label") instanceof Map<?, ?> labels) {
      for (int i = 0; i < classes && labels.get("" + i) instanceof String name; i++) {
        names.add(name);
      }
    }
    return names.size() == classes ? names : List.of();
  }
}
