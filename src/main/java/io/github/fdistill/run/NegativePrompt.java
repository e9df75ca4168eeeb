package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelTexts;
import io.github.fdistill.network.ModelTokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.Logger;

/** What a guided teacher draws away from while it teaches, in the place of no text. */
final class NegativePrompt {
  private static final Logger LOG = Logs.of(NegativePrompt.class);
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
    if (!tokens && !teacher.readsTexts()) {
      throw refused(file, teacher.origin() + ", which reads no texts");
    }
  }

  /**
   * The teacher as it teaches: for it no text is the negative prompt, where there is one that
   * {@link #require} has passed.
   */
  static DenoiserModel away(DistillConfig config, DenoiserModel teacher) {
    if (of(config).isEmpty()) {
      return teacher;
    }
    try (ModelTexts reader = new ModelTexts(teacher)) {
      ConditionRows row = reader.rows(List.of(of(config).get()), "negative prompt", LOG::info);
      return teacher.with(ModelTokenizer.awayFrom(teacher, row).info());
    }
  }

  private static InputException refused(Path file, String found) {
    return new InputException(
        file + ": " + FIELD,
        "a text, and " + found,
        "a guided teacher that reads texts, or no negative prompt",
        "take it out there, or set guidance, to 2 for example");
  }
}
