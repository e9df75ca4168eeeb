package io.github.fdistill.serving;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What the kit's README says of texts, for a student that takes some. */
final class KitTexts {
  private static final String FILE = "texts.md";

  /** Of CLIP's form: in that of GPT-2 no program puts start and end around a text by itself. */
  private static final String PYTHON =
      """

      In Python (`pip install transformers`):

      ```python
      from transformers import CLIPTokenizer

      tokenizer = CLIPTokenizer.from_pretrained("@VERSION@/assets.extra/tokenizer")
      prompts = ["@PROMPT@", ""]
      tokens = tokenizer(prompts, padding="max_length", truncation=True, max_length=@LENGTH@)["input_ids"]
      print(tokens)
      ```
      """;

  /** Of a student with two text encoders. */
  private static final String SECOND =
      " `tokens_2` are those of the second tokenizer, `assets.extra/tokenizer_2`, made likewise.";

  private KitTexts() {}

  /**
   * A section of its own; nothing where the student takes no texts, or has no tokenizer.
   *
   * @param curl a request of a prompt by curl
   */
  static String section(Asked asked, String curl) {
    if (asked.tokenizers().isEmpty()) {
      return "";
    }
    Tokenizer tokenizer = asked.tokenizers().get().first();
    return KitTemplates.text(FILE)
        .replace("@PYTHON@", tokenizer.form() == TextForm.CLIP ? PYTHON : "")
        .replace("@SECOND@", asked.tokenizers().get().list().size() > 1 ? SECOND : "")
        .replace("@PROMPT_CURL@", curl)
        .replace("@LENGTH@", Integer.toString(tokenizer.length()))
        .replace("@PROMPT@", Asked.PROMPT);
  }

  /** The numbers that an input's row holds in the README's requests; nothing of other inputs. */
  static Optional<List<Integer>> row(Asked asked, Conditioning.Input input) {
    return asked
        .rows()
        .map(rows -> rows.columns().get(input.name()))
        .filter(column -> column instanceof ConditionRows.Ints)
        .map(column -> ((ConditionRows.Ints) column).values())
        .map(values -> Arrays.stream(values).boxed().toList());
  }
}
