package io.github.fdistill.serving;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.network.StudentModel;
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

  private KitTexts() {}

  /** A section of its own; nothing where the student takes no texts, or has no tokenizer. */
  static String section(StudentModel student, String others) {
    Optional<Tokenizer> tokenizer = tokenizer(student);
    if (tokenizer.isEmpty()) {
      return "";
    }
    String prompt = prompt(tokenizer.get());
    return KitTemplates.text(FILE)
        .replace("@PYTHON@", tokenizer.get().form() == TextForm.CLIP ? PYTHON : "")
        .replace("@OTHERS@", others)
        .replace("@LENGTH@", Integer.toString(tokenizer.get().length()))
        .replace("@WORD@", prompt.isEmpty() ? "WORD" : prompt)
        .replace("@PROMPT@", prompt);
  }

  /** The numbers that an input's row holds in the README's requests; nothing of other inputs. */
  static Optional<List<Integer>> row(StudentModel student, Conditioning.Input input) {
    return tokenizer(student)
        .map(texts -> CaptionTokens.of(texts, List.of(prompt(texts))).rows())
        .map(rows -> rows.columns().get(input.name()))
        .filter(column -> column instanceof ConditionRows.Ints)
        .map(column -> ((ConditionRows.Ints) column).values())
        .map(values -> Arrays.stream(values).boxed().toList());
  }

  private static Optional<Tokenizer> tokenizer(StudentModel student) {
    boolean takes = student.conditioning().input(CaptionTokens.TOKENS).isPresent();
    return takes ? student.tokenizer() : Optional.empty();
  }

  private static String prompt(Tokenizer tokenizer) {
    return tokenizer.words(1).stream().findFirst().orElse("");
  }
}
