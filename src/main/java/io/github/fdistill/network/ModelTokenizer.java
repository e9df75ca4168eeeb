package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.savedmodel.ModelFolder;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The tokenizer of a model that takes texts: files in its SavedModel. */
public final class ModelTokenizer {
  private static final String FOLDER = "assets.extra/tokenizer";

  private ModelTokenizer() {}

  /** Whether a SavedModel has one, which is not read. */
  public static boolean isIn(Path savedModel) {
    return TokenizerFiles.areIn(ModelFolder.file(savedModel, FOLDER));
  }

  /**
   * That of a SavedModel, by its files alone.
   *
   * @return nothing where there is none
   * @throws InputException when its files do not fit one another
   */
  public static Optional<Tokenizer> in(Path savedModel) {
    return isIn(savedModel)
        ? Optional.of(TokenizerFiles.read(ModelFolder.file(savedModel, FOLDER)))
        : Optional.empty();
  }

  /**
   * Those of a SavedModel whose texts more than one may read.
   *
   * @return nothing where there is none
   * @throws InputException when its files do not fit one another
   */
  public static Optional<Tokenizers> all(Path savedModel) {
    List<Tokenizer> found = new ArrayList<>();
    in(savedModel).ifPresent(found::add);
    Path second = ModelFolder.file(savedModel, FOLDER + "_2");
    if (!found.isEmpty() && TokenizerFiles.areIn(second)) {
      found.add(TokenizerFiles.read(second));
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(new Tokenizers(found));
  }

  /**
   * That of a SavedModel, with rows as long as the model's.
   *
   * @return nothing where the model takes no tokens, or no tokenizer is in its folder
   * @throws InputException when there is one and it does not fit the model
   */
  public static Optional<Tokenizer> in(Path savedModel, Conditioning conditioning) {
    Optional<Conditioning.Input> tokens = conditioning.input(CaptionTokens.TOKENS);
    Optional<Tokenizer> found = tokens.isEmpty() ? Optional.empty() : in(savedModel);
    if (found.isEmpty()) {
      return found;
    }
    if (tokens.get().each().numDimensions() != 1) {
      throw new InputException(
          savedModel.resolve(FOLDER).toString(),
          "a tokenizer, and the model's input " + tokens.get(),
          "an input tokens [N,L]",
          "take the tokenizer out, or export the model with such an input");
    }
    int length = Math.toIntExact(tokens.get().each().get(0));
    return found.map(tokenizer -> tokenizer.ofLength(length));
  }

  /**
   * The model for which no text is another: with guidance it draws away from it.
   *
   * @param row of that text
   */
  public static StudentModel awayFrom(StudentModel model, ConditionRows row) {
    DenoiserInfo.Builder info = model.info().toBuilder().clearNone();
    for (Conditioning.Input input : model.conditioning().inputs()) {
      ConditionRows.Column column = row.columns().get(input.name());
      if (column != null) {
        NoneCondition.Builder none = NoneCondition.newBuilder().setInput(input.name());
        IntStream.range(0, column.length()).forEach(i -> none.addValue(column.number(i)));
        info.addNone(none);
      }
    }
    model.info().getNoneList().stream()
        .filter(none -> !row.columns().containsKey(none.getInput()))
        .forEach(info::addNone);
    return model.with(info.build());
  }

  /** Writes a model's, where it has one. */
  static void write(StudentModel model, Path savedModel) throws IOException {
    if (model.tokenizer().isPresent()) {
      write(model.tokenizer().get(), savedModel);
    }
  }

  /** Writes one into a SavedModel. */
  public static void write(Tokenizer tokenizer, Path savedModel) throws IOException {
    TokenizerFiles.write(tokenizer, Files.createDirectories(savedModel.resolve(FOLDER)));
  }
}
