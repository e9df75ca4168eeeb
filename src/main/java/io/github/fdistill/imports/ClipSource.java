package io.github.fdistill.imports;

import io.github.fdistill.network.ClipText;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** A CLIPTextModel of the library transformers, with a projection or without, by its config. */
final class ClipSource {
  private static final String PREFIX = "text_model.";
  private static final String PROJECTION = "text_projection";
  private static final int SHOWN_END = 2;

  /** Tokens of a text, of which each attends to each. */
  private static final int MOST_LENGTH = 1024;

  private final Settings settings;
  private final Path folder;

  private ClipSource(Path folder) {
    this.folder = folder;
    Path config = folder.resolve("config.json");
    settings = new Settings(config.toString(), JsonFile.read(config));
  }

  /**
   * @param penultimate what its context is: of the layer before the last
   * @param pooled whether it is to give whole texts too
   * @param files is told those that are read
   * @throws io.github.fdistill.InputException for what is not built, by name, or damaged weights
   */
  static PartModel read(
      Path folder,
      Optional<String> variant,
      boolean penultimate,
      boolean pooled,
      Consumer<Path> files) {
    return new ClipSource(folder).read(variant, penultimate, pooled, files);
  }

  private PartModel read(
      Optional<String> variant, boolean penultimate, boolean pooled, Consumer<Path> files) {
    Tensors tensors = WeightFiles.read(WeightFiles.ofTexts(folder, variant).path());
    tensors.addFile(folder.resolve("config.json"));
    tensors.files().forEach(files);
    boolean prefixed = tensors.names().stream().anyMatch(name -> name.startsWith(PREFIX));
    String prefix = prefixed ? PREFIX : "";
    ClipText.Config config = config(tensors.has(PROJECTION + ".weight"));
    tensors.leaveOut(prefix + "embeddings.position_ids", "numbers from 0");
    if (!pooled) {
      tensors.leaveOut(PROJECTION + ".weight", "of what is not taken");
      String last = prefix + "encoder.layers." + (config.layers() - 1) + ".";
      for (String name : tensors.names()) {
        boolean after = name.startsWith(last) || name.startsWith(prefix + "final_layer_norm.");
        if (penultimate && after) {
          tensors.leaveOut(name, "of what is not taken");
        }
      }
    }
    if (config.layers() > tensors.count()) {
      throw settings.wrong(
          "num_hidden_layers", config.layers(), "no more than tensors, " + tensors.count());
    }
    PartModel built = ClipText.build(config, penultimate, pooled);
    Names inner = new DdpmNames(prefix);
    Names names =
        (parameter, all) ->
            parameter.name().startsWith(PROJECTION)
                ? new DdpmNames("").of(parameter, all)
                : inner.of(parameter, all);
    return built.with(Coverage.of(built.function().parameters(), tensors, names));
  }

  private ClipText.Config config(boolean projected) {
    String act = settings.text("hidden_act", "quick_gelu");
    if (!Set.of("quick_gelu", "gelu").contains(act)) {
      throw settings.wrong("hidden_act", act, "quick_gelu or gelu");
    }
    int width = positive("hidden_size", 512);
    int heads = positive("num_attention_heads", 8);
    if (width % heads != 0) {
      throw settings.wrong("num_attention_heads", heads, "a number that divides " + width);
    }
    int length = positive("max_position_embeddings", 77);
    if (length > MOST_LENGTH) {
      throw settings.wrong("max_position_embeddings", length, "at most " + MOST_LENGTH);
    }
    int end = settings.whole("eos_token_id", 49407);
    return new ClipText.Config(
        positive("vocab_size", 49408),
        length,
        width,
        positive("intermediate_size", 2048),
        positive("num_hidden_layers", 12),
        heads,
        act.equals("quick_gelu"),
        settings.number("layer_norm_eps", 1e-5),
        // What old files say of the end is wrong; it is the greatest number.
        end == SHOWN_END ? -1 : end,
        projected ? positive("projection_dim", 512) : 0);
  }

  /** How many tokens an encoder knows. */
  static long vocabulary(PartModel encoder) {
    return encoder.function().parameters().list().stream()
        .filter(parameter -> parameter.name().endsWith("token_embedding/table"))
        .mapToLong(parameter -> parameter.shape().get(0))
        .sum();
  }

  private int positive(String name, int otherwise) {
    int value = settings.whole(name, otherwise);
    if (value < 1) {
      throw settings.wrong(name, value, "1 or more");
    }
    return value;
  }
}
