package io.github.fdistill.text;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tokens that were added to a vocabulary after it was made, such as a word that stands for a style.
 * They are found in texts as they stand, and have no pairs. Three files may name them: {@code
 * tokenizer_config.json} by number, {@code tokenizer.json} in a list, and {@code
 * added_tokens.json}, which older programs wrote, by text.
 */
final class AddedTokens {
  static final String OLD = "added_tokens.json";
  static final String DECODER = "added_tokens_decoder";
  private static final String CONTENT = "content";
  private static final String NORMALIZED = "normalized";

  /** Each is looked for at each letter of a text. */
  private static final int MOST = 1 << 12;

  private final Map<String, SpecialToken> tokens = new LinkedHashMap<>();

  private AddedTokens() {}

  /**
   * Those of {@code tokenizer.json}.
   *
   * @param listed what stands there under added_tokens
   * @throws InputException when there are too many, or one has two numbers
   */
  static List<SpecialToken> listed(Path file, Object listed) {
    return new AddedTokens().list(file, listed).all();
  }

  /**
   * Those beside {@code vocab.json}; of one that several files name, the first of them says how it
   * is looked for.
   *
   * @param whole what stands in {@code tokenizer.json}, where it lies there too
   * @throws InputException when there are too many, or one has two numbers
   */
  static List<SpecialToken> beside(Path folder, Optional<Map<String, Object>> whole) {
    AddedTokens added = new AddedTokens();
    Path config = folder.resolve(TokenizerFiles.CONFIG);
    if (JsonFile.ifThere(config).orElse(Map.of()).get(DECODER) instanceof Map<?, ?> decoder) {
      decoder.forEach((number, token) -> added.add(config, token, number(number)));
    }
    whole.ifPresent(
        all -> added.list(folder.resolve(TokenizerFiles.WHOLE), all.get("added_tokens")));
    Path old = folder.resolve(OLD);
    // It says no more of them than that.
    JsonFile.ifThere(old)
        .ifPresent(all -> all.forEach((text, number) -> added.add(old, text, number, true)));
    return added.all();
  }

  /**
   * A vocabulary with them.
   *
   * @throws InputException when it has one of them under another number
   */
  static Map<String, Object> with(
      List<SpecialToken> added, Path vocabulary, Map<String, Object> numbers) {
    Map<String, Object> all = new LinkedHashMap<>(numbers);
    for (SpecialToken token : added) {
      Object before = all.putIfAbsent(token.text(), (long) token.number());
      if (before != null && !before.equals((long) token.number())) {
        throw wrong(vocabulary, token.text(), token.number(), "the vocabulary's own, " + before);
      }
    }
    return all;
  }

  /** What {@code tokenizer_config.json} says of them. */
  static Map<String, Object> decoder(List<SpecialToken> tokens) {
    Map<String, Object> decoder = new LinkedHashMap<>();
    tokens.forEach(token -> decoder.put("" + token.number(), content(token)));
    return decoder;
  }

  /** A token as an object of JSON. */
  static Map<String, Object> content(SpecialToken token) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put(CONTENT, token.text());
    for (String off : List.of("lstrip", "rstrip", "single_word")) {
      content.put(off, false);
    }
    content.put(NORMALIZED, token.cleaned());
    return content;
  }

  private AddedTokens list(Path file, Object listed) {
    for (Object each : listed instanceof List<?> all ? all : List.of()) {
      add(file, each, each instanceof Map<?, ?> token ? token.get("id") : null);
    }
    return this;
  }

  private void add(Path file, Object token, Object number) {
    Object text = token instanceof Map<?, ?> map ? map.get(CONTENT) : null;
    boolean cleaned = token instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get(NORMALIZED));
    add(file, text, number, cleaned);
  }

  private void add(Path file, Object text, Object number, boolean cleaned) {
    boolean whole = number instanceof Long id && id >= 0 && id < ReadPairs.MOST;
    if (!(text instanceof String word) || word.isEmpty() || !whole) {
      throw wrong(file, text, number, "a text, and a number from 0 on below " + ReadPairs.MOST);
    }
    SpecialToken token = new SpecialToken(word, ((Long) number).intValue(), cleaned);
    SpecialToken before = tokens.putIfAbsent(word, token);
    if (before != null && before.number() != token.number()) {
      throw wrong(file, word, number, "that of another file beside it, " + before.number());
    } else if (tokens.size() > MOST) {
      throw wrong(file, word, number, "no more than " + MOST + " added tokens");
    }
  }

  private static Object number(Object key) {
    boolean digits = key instanceof String text && text.matches("[0-9]{1,9}");
    return digits ? Long.valueOf((String) key) : key;
  }

  private List<SpecialToken> all() {
    return new ArrayList<>(tokens.values());
  }

  private static InputException wrong(Path file, Object text, Object number, String needed) {
    return new InputException(
        file.toString(),
        "the number " + number + " of the added token '" + text + "'",
        needed,
        "put the files of one tokenizer together");
  }
}
