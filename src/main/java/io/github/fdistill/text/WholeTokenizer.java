package io.github.fdistill.text;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A tokenizer's vocabulary, pairs and special tokens in one file, {@code tokenizer.json}, which
 * says step by step what is done to a text too.
 *
 * @param special tokens that are found in texts, some of which the vocabulary may lack
 * @param form whose steps are those of the file
 */
record WholeTokenizer(BytePairs pairs, List<SpecialToken> special, TextForm form) {
  private static final String BYTES = "{add_prefix_space=false, type=ByteLevel}";

  /** The steps of each form, in words. */
  private static final Map<List<String>, TextForm> FORMS =
      Map.of(
          List.of(BYTES),
          TextForm.GPT2,
          List.of(
              "{type=NFC}",
              "{content= , pattern={Regex=\\s+}, type=Replace}",
              "{type=Lowercase}",
              "{behavior=Removed, invert=true, pattern={Regex='s|'t|'re|'ve|'m|'ll|'d"
                  + "|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+}, type=Split}",
              BYTES),
          TextForm.CLIP);

  /** Found before texts are cut into pieces, and so not by CLIP's pieces, whether these say it. */
  private static final String SPECIAL_PIECES = "<\\|startoftext\\|>|<\\|endoftext\\|>|";

  /**
   * @throws InputException if it is of another kind than byte pairs, or does to texts what neither
   *     form does
   */
  static WholeTokenizer read(Path file) {
    Map<String, Object> all = JsonFile.read(file);
    if (!(all.get("model") instanceof Map<?, ?> model)
        || !Objects.equals(model.get("type"), "BPE")
        || !(model.get("vocab") instanceof Map<?, ?> vocabulary)
        || !(model.get("merges") instanceof List<?> merges)
        || Boolean.TRUE.equals(model.get("byte_fallback"))
        || Boolean.TRUE.equals(model.get("ignore_merges"))) {
      throw other(file, "");
    }
    Map<String, Object> numbers = new LinkedHashMap<>();
    vocabulary.forEach((token, number) -> numbers.put((String) token, number));
    List<SpecialToken> special = AddedTokens.listed(file, all.get("added_tokens"));
    ReadPairs read = new ReadPairs(file, AddedTokens.with(special, file, numbers), file);
    for (Object merge : merges) {
      read.add(
          merge instanceof List<?> two && two.size() == 2
              ? two.get(0) + " " + two.get(1)
              : String.valueOf(merge));
    }
    return new WholeTokenizer(read.pairs(), special, form(file, all));
  }

  private static TextForm form(Path file, Map<String, Object> all) {
    List<String> steps = new ArrayList<>();
    addSteps(all.get("normalizer"), steps);
    addSteps(all.get("pre_tokenizer"), steps);
    TextForm form = FORMS.get(steps);
    if (form == null) {
      throw other(file, ": before its pairs a text goes through " + steps);
    }
    return form;
  }

  /** The tokenizer, where what is said beside the file is of the file's form. */
  Tokenizer required(Path file, Tokenizer beside) {
    return required(file, form, beside);
  }

  private static Tokenizer required(Path file, TextForm form, Tokenizer beside) {
    if (beside.form() != form) {
      throw other(file, ": the form " + form + ", and beside it " + beside.form());
    }
    return beside;
  }

  /**
   * A tokenizer of other files, where the steps of this one beside them are those of its form.
   *
   * @param all what stands in the file
   * @throws InputException if they are others
   */
  static Tokenizer beside(Path file, Map<String, Object> all, Tokenizer parts) {
    return required(file, form(file, all), parts);
  }

  /** Steps after each other, each by what changes tokens, in the order of its names. */
  private static void addSteps(Object said, List<String> steps) {
    if (!(said instanceof Map<?, ?> step)) {
      return; // Nothing is done.
    }
    for (String key : List.of("normalizers", "pretokenizers")) {
      if (step.get(key) instanceof List<?> each) {
        each.forEach(one -> addSteps(one, steps));
        return;
      }
    }
    Map<Object, Object> telling = new TreeMap<>(step);
    telling.remove("trim_offsets");
    telling.remove("use_regex", true);
    steps.add(telling.toString().replace(SPECIAL_PIECES, ""));
  }

  private static InputException other(Path file, String how) {
    return new InputException(
        file.toString(),
        "a tokenizer of another kind" + how,
        "byte pairs over bytes, as GPT-2 and CLIP have them",
        "use a model with such a tokenizer");
  }
}
