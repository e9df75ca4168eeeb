package io.github.fdistill.serving;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.text.TextForm;
import io.github.fdistill.text.Tokenizer;
import java.util.ArrayList;
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

  private static final String ENCODED =
      """

      ## Texts

      @MADE@ @ARE@ what text encoders make of a prompt; in the requests here all are ones, which no
      prompt becomes. `./fdistill request @NAME@ --prompt "@PROMPT@"` encodes prompts, for any server:
      tokenizers and text encoders, a SavedModel each, lie in each version's `assets.extra/`.

      - @PARTS@
      @PYTHON@""";

  /** Of a student with two text encoders. */
  private static final String SIDE_BY_SIDE =
      """

      Their contexts stand side by side, the first one's in front. `sizes` are height and width of the
      images in pixels, 0, 0, and height and width once more.
      """;

  private static final String ENCODED_PYTHON =
      """

      In Python (`pip install transformers`):

      ```python
      import tensorflow as tf
      from transformers import CLIPTokenizer

      tokenizer = CLIPTokenizer.from_pretrained("@VERSION@/assets.extra/tokenizer")
      encoder = tf.saved_model.load("@VERSION@/assets.extra/text_encoder")
      tokens = tokenizer(["@PROMPT@"], padding="max_length", truncation=True, max_length=@LENGTH@)["input_ids"]
      print(encoder.encode_text({"tokens": tf.constant(tokens, tf.int32)})["context"])
      ```
      """;

  private KitTexts() {}

  /**
   * A section of its own; nothing where the student takes no texts, or has no tokenizer.
   *
   * @param asked what it is asked with, where its text encoders may be left out
   * @param curl a request of a prompt by curl
   */
  static String section(StudentModel student, Asked asked, String curl) {
    if (asked.tokenizers().isEmpty()) {
      return student.pipeline().filter(Pipeline::readsTexts).map(p -> encoded(student)).orElse("");
    }
    Tokenizer tokenizer = asked.tokenizers().get().first();
    return KitTemplates.text(FILE)
        .replace("@PYTHON@", tokenizer.form() == TextForm.CLIP ? PYTHON : "")
        .replace("@SECOND@", asked.tokenizers().get().list().size() > 1 ? SECOND : "")
        .replace("@PROMPT_CURL@", curl)
        .replace("@LENGTH@", Integer.toString(tokenizer.length()))
        .replace("@PROMPT@", Asked.PROMPT);
  }

  /** Of a student that takes what its text encoders make, which are beside its graph. */
  private static String encoded(StudentModel student) {
    Pipeline pipeline = student.pipeline().orElseThrow();
    List<String> made = new ArrayList<>(Context.INPUTS);
    made.retainAll(student.conditioning().names());
    Conditioning.Input context = student.conditioning().input(Context.CONTEXT).orElseThrow();
    int encoders = pipeline.info().getTextEncoderCount();
    return ENCODED
        .replace("@PYTHON@", encoders == 1 ? ENCODED_PYTHON : SIDE_BY_SIDE)
        .replace("@LENGTH@", Long.toString(context.each().get(0)))
        .replace("@MADE@", "`" + String.join("`, `", made) + "`")
        .replace("@ARE@", made.size() == 1 ? "is" : "are")
        .replace("@PARTS@", String.join("\n- ", pipeline.described().subList(0, encoders)))
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
