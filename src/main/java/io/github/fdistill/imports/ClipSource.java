package io.github.fdistill.imports;

import io.github.fdistill.network.ClipSizes;
import io.github.fdistill.network.ClipText;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.tensors.JsonFile;
import io.github.fdistill.tensors.NamedTensor;
import io.github.fdistill.text.TokenizerFiles;
import java.nio.file.Path;
import java.util.Set;

/** A CLIPTextModel of the library transformers, with a projection or without, by its config. */
final class ClipSource {
  /** Weights and biases of four projections, two norms and two dense layers. */
  private static final int TENSORS_OF_LAYER = 16;

  private static final String PREFIX = "text_model.";
  private static final String PROJECTION = "text_projection";
  private static final String PLACES = "max_position_embeddings";
  private static final int SHOWN_END = 2;

  /** Tokens of a text, of which each attends to each. */
  private static final int MOST_LENGTH = 1024;

  private final Settings settings;
  private final Path folder;

  private ClipSource(Path folder) {
    this.folder = folder;
    Path config = folder.resolve(PartReading.CONFIG);
    settings = new Settings(config.toString(), JsonFile.read(config), Settings.PART);
  }

  /**
   * @param tokenizer the folder of what makes its tokens; of texts shorter than the encoder has
   *     places for, only these places are taken
   * @param penultimate what its context is: of the layer before the last
   * @param pooled whether it is to give whole texts too
   * @throws io.github.fdistill.InputException for what is not built, by name, or damaged weights
   */
  static PartModel read(
      Path folder, Path tokenizer, PartReading reading, boolean penultimate, boolean pooled) {
    return new ClipSource(folder).read(tokenizer, reading, penultimate, pooled);
  }

  private PartModel read(Path tokenizer, PartReading reading, boolean penultimate, boolean pooled) {
    Tensors tensors = reading.weightsOfTexts(folder);
    if (!penultimate && settings.isGiven("use_attention_mask")) { // Else nobody asks for it.
      settings.requireOnly("use_attention_mask", false);
    }
    boolean prefixed = tensors.names().stream().anyMatch(name -> name.startsWith(PREFIX));
    String prefix = prefixed ? PREFIX : "";
    boolean projected = tensors.has(PROJECTION + ".weight");
    ClipText.Config whole =
        config(settings, projected ? positive(settings, "projection_dim", 512) : 0);
    ClipText.Config config =
        new ClipText.Config(
            whole.vocabulary(),
            length(settings, tokenizer),
            whole.sizes(),
            whole.end(),
            whole.projection());
    tensors.leaveOut(prefix + "embeddings.position_ids", "numbers from 0");
    if (!pooled) {
      tensors.leaveOut(PROJECTION + ".weight", "of what is not taken");
      String last = prefix + "encoder.layers." + (config.sizes().layers() - 1) + ".";
      for (String name : tensors.names()) {
        boolean after = name.startsWith(last) || name.startsWith(prefix + "final_layer_norm.");
        if (penultimate && after) {
          tensors.leaveOut(name, "of what is not taken");
        }
      }
    }
    requireEnough(settings, config.sizes(), tensors);
    PartModel built = ClipText.build(config, penultimate, pooled);
    Names names = names(prefix);
    Names cut =
        (parameter, all) ->
            parameter.name().endsWith("position_embedding/table")
                ? names.of(parameter, all).stream()
                    .map(table -> places(table, whole.length(), config.length()))
                    .toList()
                : names.of(parameter, all);
    return built.with(Coverage.of(built.function().parameters(), tensors, cut));
  }

  /** The first of as many places as the settings say; of others {@link Coverage} tells. */
  private static NamedTensor places(NamedTensor table, int said, int taken) {
    long[] shape = table.shape();
    return shape.length == 2 && shape[0] == said ? table.part(0, 0, taken) : table;
  }

  /**
   * How many tokens a text of a pipeline has: rows are filled to the length that its tokenizer
   * says, and are no longer than the encoder has places for.
   */
  static int length(Settings encoder, Path tokenizer) {
    int places = positive(encoder, PLACES, 77);
    return Math.min(places, TokenizerFiles.length(tokenizer).orElse(places));
  }

  /**
   * Refuses settings that speak of more layers than there are tensors, before as many are built.
   */
  static void requireEnough(Settings settings, ClipSizes sizes, Tensors tensors) {
    int most = tensors.count() / TENSORS_OF_LAYER;
    if (sizes.layers() > most) {
      throw settings.wrong(
          "num_hidden_layers",
          sizes.layers(),
          "at most "
              + most
              + ": there are "
              + tensors.count()
              + " tensors, and a layer has "
              + TENSORS_OF_LAYER);
    }
  }

  /**
   * Names of a text encoder's parameters.
   *
   * @param prefix of all but the projection
   */
  static Names names(String prefix) {
    Names inner = new DdpmNames(prefix);
    Names outer = new DdpmNames("");
    return (parameter, all) ->
        (parameter.name().startsWith(PROJECTION) ? outer : inner).of(parameter, all);
  }

  /**
   * What a text encoder is by its settings.
   *
   * @param projection how wide a text as a whole is; 0: as a token
   */
  static ClipText.Config config(Settings settings, int projection) {
    int length = positive(settings, PLACES, 77);
    if (length > MOST_LENGTH) {
      throw settings.wrong(PLACES, length, "at most " + MOST_LENGTH);
    }
    int end = settings.whole("eos_token_id", 49407);
    return new ClipText.Config(
        positive(settings, "vocab_size", 49408),
        length,
        sizes(settings, new ClipSizes(512, 2048, 12, 8, true, 1e-5)),
        // What old files say of the end is wrong; it is the greatest number.
        end == SHOWN_END ? -1 : end,
        projection);
  }

  /**
   * The sizes of layers.
   *
   * @param otherwise where they are not said
   */
  static ClipSizes sizes(Settings settings, ClipSizes otherwise) {
    String act = settings.text("hidden_act", "quick_gelu");
    if (!Set.of("quick_gelu", "gelu").contains(act)) {
      throw settings.wrong("hidden_act", act, "quick_gelu or gelu");
    }
    int width = positive(settings, "hidden_size", otherwise.width());
    int heads = positive(settings, "num_attention_heads", otherwise.heads());
    if (width % heads != 0) {
      throw settings.wrong("num_attention_heads", heads, "a number that divides " + width);
    }
    return new ClipSizes(
        width,
        positive(settings, "intermediate_size", otherwise.hidden()),
        positive(settings, "num_hidden_layers", otherwise.layers()),
        heads,
        act.equals("quick_gelu"),
        settings.number("layer_norm_eps", otherwise.epsilon()));
  }

  /** How many tokens an encoder knows. */
  static long vocabulary(PartModel encoder) {
    return encoder.function().parameters().list().stream()
        .filter(parameter -> parameter.name().endsWith("token_embedding/table"))
        .mapToLong(parameter -> parameter.shape().get(0))
        .sum();
  }

  static int positive(Settings settings, String name, int otherwise) {
    int value = settings.whole(name, otherwise);
    if (value < 1) {
      throw settings.wrong(name, value, "1 or more");
    }
    return value;
  }
}
