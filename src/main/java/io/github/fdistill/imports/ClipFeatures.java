package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.network.ClipSizes;
import io.github.fdistill.network.ClipText;
import io.github.fdistill.network.ClipVision;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.tensors.JsonFile;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TUint8;

/**
 * CLIP, both halves of it, as the library transformers saves a CLIPModel: images become features,
 * and texts vectors that lie by those of the images that they tell of.
 *
 * @param images of the size that it is to take
 * @param texts tokens to vectors as long as the features
 * @param files that it was read from
 * @param tensors that they hold
 * @param licence what the folder says of their use; may be empty
 * @param notes what a user should know
 */
public record ClipFeatures(
    PartModel images,
    PartModel texts,
    Tokenizer tokenizer,
    Shape image,
    List<Path> files,
    int tensors,
    String licence,
    List<String> notes) {
  private static final String REMEDY =
      "take another CLIP; features of images alone may come from ONNX"
          + " (docs/sampling-and-measuring.md)";

  private static final String CONFIG = "config.json";
  private static final String TEXT = "text_model.";
  private static final String TEXT_SETTINGS = "text_config";
  private static final String TEXT_PROJECTION = "text_projection.weight";
  private static final String VISION_SETTINGS = "vision_config";
  private static final String OTHER_HALF = "of the other half";

  /** Patches of an image, of which each attends to each. */
  private static final int MOST_PATCHES = 1 << 14;

  /**
   * Reads a folder with {@code config.json}, weights and the tokenizer's files.
   *
   * @param variant of the weights, such as fp16; may be empty
   * @param image [H,W,3] that the features are to be of
   * @throws InputException when it is of another model, or damaged
   */
  public static ClipFeatures read(Path folder, Optional<String> variant, Shape image) {
    Path config = folder.resolve(CONFIG);
    Settings all = new Settings(config.toString(), JsonFile.read(config), REMEDY);
    Settings text = half(all, TEXT_SETTINGS);
    Settings vision = half(all, VISION_SETTINGS);
    int projection = ClipSource.positive(all, "projection_dim", 512);
    Tensors tensors = WeightFiles.read(WeightFiles.ofTexts(folder, variant).path());
    tensors.addFile(config);
    TokenizerFiles.in(folder).forEach(tensors::addFile);
    ClipText.Config texts = ClipSource.config(text, projection);
    ClipProcessor seen = ClipProcessor.read(folder, side(vision), REMEDY);
    seen.files().forEach(tensors::addFile);
    ClipVision.Config images = vision(vision, projection, seen);
    ClipSource.requireEnough(text, texts.sizes(), tensors);
    ClipSource.requireEnough(vision, images.sizes(), tensors);
    requirePlaces(vision, images, tensors);
    return new ClipFeatures(
        images(images, image, tensors),
        texts(texts, tensors),
        tokenizer(folder, texts),
        image,
        tensors.files(),
        tensors.count(),
        Licence.in(folder),
        seen.notes());
  }

  /** What has the name it had before counts alone where it is there, as in the library. */
  private static Settings half(Settings all, String called) {
    String old = called + "_dict";
    String name = all.isGiven(old) ? old : called;
    if (!(all.values().get(name) instanceof Map<?, ?> map)) {
      throw all.wrong(name, all.values().get(name), "CLIP's settings, of texts and of images");
    }
    @SuppressWarnings("unchecked") // JSON's keys are texts.
    Map<String, Object> values = (Map<String, Object>) map;
    return new Settings(all.where() + ", " + name, values, REMEDY);
  }

  private static int side(Settings settings) {
    return ClipSource.positive(settings, "image_size", 224);
  }

  private static ClipVision.Config vision(Settings settings, int projection, ClipProcessor seen) {
    int side = side(settings);
    int patch = ClipSource.positive(settings, "patch_size", 32);
    int across = side / patch;
    if (side % patch != 0 || (long) across * across > MOST_PATCHES) {
      throw settings.wrong(
          "patch_size", patch, "a number that divides " + side + ", into few patches");
    }
    int channels = settings.whole("num_channels", 3);
    if (channels != 3) {
      throw settings.wrong("num_channels", channels, "3");
    }
    ClipSizes usual = new ClipSizes(768, 3072, 12, 12, true, 1e-5);
    return new ClipVision.Config(
        side, patch, ClipSource.sizes(settings, usual), projection, seen.mean(), seen.deviation());
  }

  /** A place for each patch and one for all: another number of them is told before any is built. */
  private static void requirePlaces(Settings settings, ClipVision.Config config, Tensors tensors) {
    String name = "vision_model.embeddings.position_embedding.weight";
    long across = config.side() / config.patch();
    long places = across * across + 1;
    if (tensors.has(name) && tensors.get(name).shape().length > 0) {
      long found = tensors.get(name).shape()[0];
      if (found != places) {
        throw settings.wrong(
            "image_size",
            config.side(),
            "as the weights have it: of " + found + " places, and this makes " + places);
      }
    }
  }

  private static PartModel images(ClipVision.Config config, Shape image, Tensors all) {
    Tensors tensors = all.untouched();
    for (String name : tensors.names()) {
      if (name.startsWith(TEXT) || name.equals(TEXT_PROJECTION)) {
        tensors.leaveOut(name, OTHER_HALF);
      }
    }
    leaveOutUnneeded(tensors);
    PartModel built = ClipVision.build(config, image);
    Names plain = new DdpmNames("");
    Names names =
        (parameter, file) ->
            Names.part(parameter).equals("class_embedding")
                ? file.use(parameter.name().replace('/', '.')).map(List::of).orElse(List.of())
                : plain.of(parameter, file);
    return built.with(Coverage.of(built.function().parameters(), tensors, names));
  }

  private static PartModel texts(ClipText.Config config, Tensors all) {
    Tensors tensors = all.untouched();
    for (String name : tensors.names()) {
      if (!name.startsWith(TEXT) && !name.equals(TEXT_PROJECTION)) {
        tensors.leaveOut(name, OTHER_HALF);
      }
    }
    leaveOutUnneeded(tensors);
    PartModel built = ClipText.build(config, false, true);
    return built.with(Coverage.of(built.function().parameters(), tensors, ClipSource.names(TEXT)));
  }

  private static void leaveOutUnneeded(Tensors tensors) {
    tensors.leaveOut("logit_scale", "of its own training alone");
    for (String half : List.of(TEXT, "vision_model.")) {
      tensors.leaveOut(half + "embeddings.position_ids", "numbers from 0");
    }
  }

  private static Tokenizer tokenizer(Path folder, ClipText.Config config) {
    Tokenizer read = TokenizerFiles.read(folder);
    if (read.vocabulary() > config.vocabulary()) {
      throw new InputException(
          folder.toString(),
          "a tokenizer of " + read.vocabulary() + " tokens",
          "no more than the " + config.vocabulary() + " that the model knows",
          "download the whole folder again");
    }
    return read.ofLength(config.length());
  }

  /**
   * Writes a SavedModel with the signatures {@code features}, images uint8 to features, and {@code
   * encode_text}, and the tokenizer's files.
   */
  public void write(Path folder) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TUint8> bytes =
          tf.withSubScope(ClipVision.FEATURES)
              .withName("images")
              .placeholder(TUint8.class, Placeholder.shape(image.prepend(-1)));
      Expr x = Expr.cast(tf, bytes);
      builder.signature(
          ClipVision.FEATURES,
          Map.of("images", bytes),
          images.of(tf, Map.of(ClipVision.X, x), builder.variables(images.weights())));
      texts.addTo(builder);
      builder.write(folder);
    }
    ModelTokenizer.write(tokenizer, folder);
  }

  /** Weights of both halves. */
  public long parameters() {
    return images.function().parameters().size() + texts.function().parameters().size();
  }
}
