package io.github.fdistill.run;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Configs;
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
   * The teacher as it teaches: for it no text is the negative prompt, where there is one.
   *
   * @param file that the config was read from
   * @throws io.github.fdistill.InputException when the teacher reads no texts, or nothing draws it
   *     away
   */
  static DenoiserModel away(Path file, DistillConfig config, DenoiserModel teacher) {
    if (of(config).isEmpty()) {
      return teacher;
    }
    String text = of(config).get();
    boolean guided =
        Stage.of(file, config).stream().anyMatch(stage -> stage.config().getGuidance() != 1);
    Configs.check(guided, file, FIELD, text, "guidance other than 1, by which it is drawn away");
    ConditionRows row = row(file, text, teacher);
    return teacher.with(ModelTokenizer.awayFrom(teacher, row).info());
  }

  private static ConditionRows row(Path file, String text, DenoiserModel teacher) {
    Optional<Pipeline> around = teacher.pipeline().filter(Pipeline::readsTexts);
    if (around.isPresent()) {
      try (PipelineTexts encoders = new PipelineTexts(around.get())) {
        return encoders.rows(List.of(text), Context.rows(teacher.conditioning()), LOG::info);
      }
    }
    boolean takes = teacher.conditioning().input(CaptionTokens.TOKENS).isPresent();
    Configs.check(
        takes && teacher.tokenizer().isPresent(),
        file,
        FIELD,
        text,
        "nothing: " + teacher.origin() + " reads no texts");
    CaptionTokens tokens = CaptionTokens.of(teacher.tokenizer().orElseThrow(), List.of(text));
    tokens.note("prompt").ifPresent(LOG::info);
    return tokens.rows();
  }
}
