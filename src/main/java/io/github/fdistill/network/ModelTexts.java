package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.text.Tokenizer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.tensorflow.ndarray.Shape;

/**
 * Texts as a model takes them: what the text encoders beside it make of them, or, where there are
 * none, their tokens.
 */
public final class ModelTexts implements AutoCloseable {
  private final StudentModel model;
  private final Map<String, Shape> taken;
  private final Optional<PipelineTexts> encoders;

  /**
   * Loads the text encoders, where there are some.
   *
   * @throws InputException when one cannot be read
   */
  public ModelTexts(StudentModel model) {
    this.model = model;
    taken = Context.rows(model.conditioning());
    encoders = model.pipeline().filter(Pipeline::readsTexts).map(PipelineTexts::new);
  }

  /**
   * A row for each text.
   *
   * @param kind what they are called, such as prompt
   * @param note is told of texts that are too long
   * @throws InputException when the encoders give something else than the model takes, or it has
   *     neither encoders nor a tokenizer
   */
  public ConditionRows rows(List<String> texts, String kind, Consumer<String> note) {
    if (encoders.isPresent()) {
      return encoders.get().rows(texts, taken, kind, note);
    }
    CaptionTokens tokens = CaptionTokens.of(tokenizer(model), texts);
    tokens.note(kind).ifPresent(note);
    return tokens.rows();
  }

  /**
   * The tokenizer of a model that takes tokens.
   *
   * @throws InputException when it has none
   */
  public static Tokenizer tokenizer(StudentModel model) {
    return model
        .tokenizer()
        .orElseThrow(
            () ->
                new InputException(
                    model.origin(),
                    "it takes tokens, and has no tokenizer",
                    "a tokenizer's files in its assets.extra/tokenizer",
                    "put those that it was trained with there"));
  }

  @Override
  public void close() {
    encoders.ifPresent(PipelineTexts::close);
  }
}
