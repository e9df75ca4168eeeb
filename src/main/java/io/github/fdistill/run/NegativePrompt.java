package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.PipelineTexts;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What a guided teacher draws away from while it teaches, in the place of no text. */
final class NegativePrompt {
  private static final Logger LOG = LogManager.getLogger(NegativePrompt.class);
  private static final String FIELD = "negative_prompt";

  private NegativePrompt() {}

  /** The text, where a config says one. */
  static Optional<String> of(DistillConfig config) {
    return config.hasNegativePrompt() ? Optional.of(config.getNegativePrompt()) : Optional.empty();
  }

  /**
   * Refuses one that would have no effect.
   *
   * @param file that the config was read from
   * @throws InputException when the teacher reads no texts, or nothing draws it away
   */
  static void require(Path file, DistillConfig config, DenoiserModel teacher) {
    if (of(config).isEmpty()) {
      return;
    }
    if (Stage.of(file, config).stream().allMatch(stage -> stage.config().getGuidance() == 1)) {
      throw refused(file, "guidance 1, by which nothing is drawn away from it");
    }
    boolean tokens =
        teacher.conditioning().input(CaptionTokens.TOKENS).isPresent()
            && teacher.tokenizer().isPresent();
    if (!tokens && teacher.pipeline().filter(Pipeline::readsTexts).isEmpty()) {
      throw refused(file, teacher.origin() + ", which reads no texts");
    }
  }

  /**
   * The teacher as it teaches: for it no text is the negative prompt, where there is one.
   *
   * @throws InputException as {@link #require}
   */
  static DenoiserModel away(Path file, DistillConfig config, DenoiserModel teacher) {
    require(file, config, teacher);
    return of(config)
        .map(text -> teacher.with(ModelTokenizer.awayFrom(teacher, row(text, teacher)).info()))
        .orElse(teacher);
  }

  private static InputException refused(Path file, String found) {
    return new InputException(
        file + ": " + FIELD,
        "a text, and " + found,
        "a guided teacher that reads texts, or no negative prompt",
        "take it out there, or set guidance, to 2 for example");
  }

  private static ConditionRows row(String text, DenoiserModel teacher) {
    Optional<Pipeline> around = teacher.pipeline().filter(Pipeline::readsTexts);
    if (around.isPresent()) {
      try (PipelineTexts encoders = new PipelineTexts(around.get())) {
        return encoders.rows(List.of(text), Context.rows(teacher.conditioning()), LOG::info);
      }
    }
    CaptionTokens tokens = CaptionTokens.of(teacher.tokenizer().orElseThrow(), List.of(text));
    tokens.note("prompt").ifPresent(LOG::info);
    return tokens.rows();
  }
}
