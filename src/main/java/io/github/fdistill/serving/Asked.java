package io.github.fdistill.serving;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.network.TextsInGraph;
import java.util.List;
import java.util.Optional;

/**
 * What a served student is asked for images with.
 *
 * @param conditioning of {@code serving_default} and {@code png}
 * @param tokenizers of the texts among it
 * @param texts the encoders that stand between it and the network
 */
record Asked(
    Conditioning conditioning, Optional<Tokenizers> tokenizers, Optional<TextsInGraph> texts) {

  /** What the requests of the README ask for. */
  static final String PROMPT = Prompts.EXAMPLES.get(0);

  static Asked of(StudentModel student, ServedForm form) {
    Conditioning network = student.conditioning();
    Optional<TextsInGraph> texts =
        form.texts() ? student.pipeline().flatMap(TextsInGraph::of) : Optional.empty();
    if (texts.isPresent()) {
      return new Asked(texts.get().asked(network), Optional.of(texts.get().tokenizers()), texts);
    }
    boolean takes = network.input(CaptionTokens.TOKENS).isPresent();
    return new Asked(
        network,
        student.tokenizer().filter(own -> takes).map(own -> new Tokenizers(List.of(own))),
        Optional.empty());
  }

  /** The rows of the prompts that examples ask for. */
  Optional<ConditionRows> examples() {
    return tokenizers.map(all -> all.tell(Prompts.EXAMPLES).rows());
  }

  /** The rows of the one prompt. */
  Optional<ConditionRows> rows() {
    return examples().map(rows -> rows.range(0, 1));
  }
}
