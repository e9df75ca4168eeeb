package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Folders;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.PipelineParts;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;

/**
 * What a pipeline of the library diffusers has around its network: text encoders with their
 * tokenizers, and an autoencoder.
 */
final class PipelineSource {
  private static final String FIRST = "text_encoder";
  private static final String SECOND = "text_encoder_2";

  private final Path folder;
  private final PartReading reading;
  private final PipelineIndex index;

  private PipelineSource(Path folder, PartReading reading) {
    this.folder = folder;
    this.reading = reading;
    this.index = PipelineIndex.in(folder);
  }

  /**
   * @param latents [h,w,L] of the network
   * @param autoencoder of a user's choice; without one that of the pipeline
   * @return nothing of a folder that is no pipeline with texts
   * @throws InputException for what is missing or not built, by name
   */
  static Optional<PipelineParts> read(
      Path folder, PartReading reading, Shape latents, Optional<AutoencoderSource> autoencoder) {
    if (!PipelineIndex.isIn(folder)) {
      return Optional.empty();
    }
    PipelineSource source = new PipelineSource(folder, reading);
    source.requireWhole();
    return source.has(FIRST) ? Optional.of(source.parts(latents, autoencoder)) : Optional.empty();
  }

  private boolean has(String part) {
    return Folders.isThere(folder.resolve(part));
  }

  private void requireWhole() {
    index.requireFolders(FIRST);
    index.requireFolders("tokenizer");
    if (has(SECOND) && !has(FIRST)) {
      throw new InputException(
          folder.toString(),
          SECOND + "/ without " + FIRST + "/",
          "one text encoder, or both of Stable Diffusion XL",
          "of Stable Diffusion XL take the base pipeline");
    }
  }

  private PipelineParts parts(Shape latents, Optional<AutoencoderSource> given) {
    boolean two = has(SECOND);
    List<PipelineParts.Texts> texts = new ArrayList<>();
    texts.add(texts(FIRST, "tokenizer", two, false));
    if (two) {
      texts.add(texts(SECOND, "tokenizer_2", true, true));
    }
    AutoencoderSource both = given.orElseGet(() -> autoencoder(latents));
    boolean zeros = two && !Boolean.FALSE.equals(index.said().get("force_zeros_for_empty_prompt"));
    return new PipelineParts(texts, both.encoder(), both.decoder(), zeros);
  }

  private AutoencoderSource autoencoder(Shape latents) {
    Path vae = folder.resolve("vae");
    if (!Files.isDirectory(vae)) {
      throw new InputException(
          folder.toString(), "no vae/", "a pipeline, whole", "download the whole folder");
    }
    return AutoencoderSource.read(vae, reading, latents, Optional.empty());
  }

  private PipelineParts.Texts texts(
      String model, String tokenizer, boolean penultimate, boolean pooled) {
    Path words = folder.resolve(tokenizer);
    PartModel part = ClipSource.read(folder.resolve(model), words, reading, penultimate, pooled);
    Tokenizer read = TokenizerFiles.read(words);
    TokenizerFiles.in(words).forEach(reading.files());
    long known = ClipSource.vocabulary(part);
    if (read.vocabulary() > known) {
      throw new InputException(
          words.toString(),
          "tokens up to " + (read.vocabulary() - 1),
          "those that " + model + " knows, up to " + (known - 1),
          "put the parts of one pipeline together");
    }
    return new PipelineParts.Texts(model, part, tokenizer, read, pooled);
  }
}
