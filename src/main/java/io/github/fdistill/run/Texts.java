package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.TextConfig;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.CaptionedImages;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a run needs of texts: a tokenizer, the network that takes its tokens, and images with
 * captions.
 *
 * @param tokenizer with rows as long as the network's
 * @param network with the numbers that the tokenizer gives
 */
record Texts(Tokenizer tokenizer, NetworkConfig network) {

  /**
   * Of a network that takes texts.
   *
   * @param file that the network's description stands in: its tokenizer may lie beside it
   * @return nothing of one that takes none
   * @throws InputException when there is no tokenizer, or its numbers are not those of the network
   */
  static Optional<Texts> of(Workspace workspace, Path file, NetworkConfig network) {
    if (!network.hasText()) {
      return Optional.empty();
    }
    TextConfig text = ConfigPaths.found(workspace, file, network.getText());
    if (text.getTokenizer().isEmpty()) {
      throw new InputException(
          file + ": text.tokenizer",
          "nothing",
          "the folder of a tokenizer",
          "make one of the captions: ./fdistill tokenizer --help");
    }
    Tokenizer tokenizer =
        TokenizerFiles.read(workspace.path(text.getTokenizer())).ofLength(text.getLength());
    TextConfig.Builder told = text.toBuilder();
    told.setVocabulary(
        same(
            file,
            "vocabulary",
            text.hasVocabulary(),
            text.getVocabulary(),
            tokenizer.vocabulary()));
    int start = tokenizer.start().orElse(tokenizer.end());
    told.setStart(same(file, "start", text.hasStart(), text.getStart(), start));
    told.setEnd(same(file, "end", text.hasEnd(), text.getEnd(), tokenizer.end()));
    told.setPadding(
        same(file, "padding", text.hasPadding(), text.getPadding(), tokenizer.padding()));
    told.clearEmpty();
    if (tokenizer.start().isEmpty()) {
      Arrays.stream(tokenizer.row("").numbers()).forEach(told::addEmpty);
    }
    return Optional.of(new Texts(tokenizer, network.toBuilder().setText(told).build()));
  }

  private static int same(Path file, String field, boolean said, int found, int needed) {
    if (said && found != needed) {
      throw new InputException(
          file + ": text." + field,
          "" + found,
          needed + ", as the tokenizer has",
          "leave it out, or name the tokenizer that it is of");
    }
    return needed;
  }

  /**
   * The images with their captions, as a model takes them.
   *
   * @param images of any dataset; as they are where the model takes no texts
   * @param skip whether images without a caption are left out
   * @throws InputException when the model takes texts and an image has no caption
   */
  static ImageSource told(DenoiserModel model, ImageSource images, boolean skip) {
    boolean takes = model.conditioning().input(CaptionTokens.TOKENS).isPresent();
    return takes
        ? model.tokenizer().map(texts -> told(texts, images, skip)).orElse(images)
        : images;
  }

  /** The same by a tokenizer. */
  static ImageSource told(Tokenizer tokenizer, ImageSource images, boolean skip) {
    return CaptionedImages.of(images, tokenizer, skip);
  }
}
