package io.github.fdistill.text;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A tokenizer's vocabulary, pairs and special tokens in one file, {@code tokenizer.json}.
 *
 * @param special tokens that are found in texts, some of which the vocabulary may lack
 */
record WholeTokenizer(BytePairs pairs, List<SpecialToken> special) {

  /**
   * @throws InputException if it is of another kind than byte pairs
   */
  static WholeTokenizer read(Path file) {
    Map<String, Object> all = JsonFile.read(file);
    if (!(all.get("model") instanceof Map<?, ?> model)
        || !Objects.equals(model.get("type"), "BPE")
        || !(model.get("vocab") instanceof Map<?, ?> vocabulary)
        || !(model.get("merges") instanceof List<?> merges)
        || Boolean.TRUE.equals(model.get("byte_fallback"))
        || Boolean.TRUE.equals(model.get("ignore_merges"))) {
      throw new InputException(
          file.toString(),
          "a tokenizer of another kind",
          "byte pairs over bytes, as GPT-2 and CLIP have them",
          "use a model with such a tokenizer");
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
    return new WholeTokenizer(read.pairs(), special);
  }
}
