package io.github.fdistill.text;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What stands around texts, by the files beside a vocabulary. What they do not say is as CLIP has
 * it where tokens carry {@code </w>}, and as GPT-2 has it where none does.
 */
final class TokenizerSettings {
  static final String START = "<|startoftext|>";
  static final String END = "<|endoftext|>";

  /** Of a row, where nothing is said: CLIP's. */
  static final int LENGTH = 77;

  /** Where the length of a row is said. */
  static final String MOST = "model_max_length";

  static final String SPECIAL = "special_tokens_map.json";
  private static final Map<String, TextForm> CLASSES =
      Map.of(
          "CLIPTokenizer", TextForm.CLIP,
          "CLIPTokenizerFast", TextForm.CLIP,
          "GPT2Tokenizer", TextForm.GPT2,
          "GPT2TokenizerFast", TextForm.GPT2);

  private final Path folder;
  private final BytePairs pairs;
  private final Map<String, Object> said = new LinkedHashMap<>();

  private TokenizerSettings(Path folder, BytePairs pairs) {
    this.folder = folder;
    this.pairs = pairs;
    takeFile(TokenizerFiles.CONFIG);
    if (!said.containsKey(AddedTokens.DECODER)) { // Programs that write it say all there.
      takeFile(SPECIAL);
    }
  }

  private void takeFile(String name) {
    JsonFile.ifThere(folder.resolve(name)).ifPresent(said::putAll);
  }

  /**
   * The tokenizer of a folder.
   *
   * @param known special tokens of which more is known than these files say
   */
  static Tokenizer of(Path folder, BytePairs pairs, List<SpecialToken> known) {
    TokenizerSettings settings = new TokenizerSettings(folder, pairs);
    TextForm form = settings.form();
    settings.requireNoBlankBefore(form);
    List<SpecialToken> special = new ArrayList<>();
    SpecialToken end = settings.token("eos_token").orElseGet(() -> settings.required(END));
    Optional<SpecialToken> start = settings.token("bos_token");
    if (start.isEmpty() && form == TextForm.CLIP) {
      start = Optional.of(settings.required(START));
    }
    SpecialToken unknown = settings.token("unk_token").orElse(end);
    SpecialToken padding = settings.token("pad_token").orElse(end);
    start.ifPresent(special::add);
    for (SpecialToken token : List.of(end, unknown, padding)) { // The last that names one holds.
      special.removeIf(other -> other.number() == token.number());
      special.add(token);
    }
    special.removeIf(token -> known.stream().anyMatch(k -> k.number() == token.number()));
    special.addAll(known);
    return new Tokenizer(
        form,
        pairs,
        new Tokenizer.Frame(
            start.map(token -> OptionalInt.of(token.number())).orElse(OptionalInt.empty()),
            end.number(),
            padding.number(),
            unknown.number(),
            settings.length(),
            special));
  }

  private TextForm form() {
    Object named = said.get("tokenizer_class");
    if (named instanceof String name) {
      TextForm form = CLASSES.get(name);
      if (form == null) {
        throw wrong(
            "the tokenizer '" + name + "'",
            "one of " + CLASSES.keySet().stream().sorted().toList());
      }
      return form;
    }
    boolean ends = pairs.numbers().keySet().stream().anyMatch(t -> t.endsWith("</w>"));
    return ends ? TextForm.CLIP : TextForm.GPT2;
  }

  /** CLIP's pieces are without blanks, with or without one before a text. */
  private void requireNoBlankBefore(TextForm form) {
    String key = "add_prefix_space";
    if (form == TextForm.GPT2 && Boolean.TRUE.equals(said.get(key))) {
      throw new InputException(
          folder.resolve(TokenizerFiles.CONFIG).toString(),
          key + " true: a blank before each text",
          key + " false: a text is read as it stands",
          "use a model with such a tokenizer");
    }
  }

  /** A token that the files name, as a text or as an object with its content. */
  private Optional<SpecialToken> token(String key) {
    Object value = said.get(key);
    if (value instanceof String text) {
      return Optional.of(numbered(text, false));
    } else if (value instanceof Map<?, ?> map && map.get("content") instanceof String text) {
      return Optional.of(numbered(text, Boolean.TRUE.equals(map.get("normalized"))));
    }
    return Optional.empty();
  }

  private SpecialToken required(String text) {
    return numbered(text, false);
  }

  private SpecialToken numbered(String text, boolean cleaned) {
    Integer number = pairs.numbers().get(text);
    if (number == null || text.isEmpty()) {
      throw wrong("the token '" + text + "', which the vocabulary has not", "tokens of its own");
    }
    return new SpecialToken(text, number, cleaned);
  }

  /** Programs write a number without end where there is no limit. */
  private int length() {
    Object value = said.get(MOST);
    if (value instanceof Long length && length <= Tokenizer.MOST_LENGTH) {
      if (length < 2) {
        throw wrong(MOST + " " + length, "2 tokens or more");
      }
      return length.intValue();
    }
    return LENGTH;
  }

  private InputException wrong(String found, String needed) {
    return new InputException(
        folder.toString(), found, needed, "put the files of one tokenizer together");
  }

  /** What {@code tokenizer_config.json} says of a tokenizer. */
  static Map<String, Object> config(Tokenizer tokenizer) {
    Map<String, Object> config = new LinkedHashMap<>();
    boolean clip = tokenizer.form() == TextForm.CLIP;
    config.put("tokenizer_class", clip ? "CLIPTokenizer" : "GPT2Tokenizer");
    config.put(MOST, tokenizer.length());
    tokenizer.start().ifPresent(start -> config.put("bos_token", content(tokenizer, start)));
    config.put("eos_token", content(tokenizer, tokenizer.end()));
    config.put("unk_token", content(tokenizer, tokenizer.frame().unknown()));
    config.put("pad_token", content(tokenizer, tokenizer.padding()));
    if (isAdded(tokenizer)) {
      config.put(AddedTokens.DECODER, AddedTokens.decoder(tokenizer.frame().special()));
    }
    return config;
  }

  /** Whether it has tokens beside start, end, unknown and padding that are found as they stand. */
  private static boolean isAdded(Tokenizer tokenizer) {
    Tokenizer.Frame frame = tokenizer.frame();
    Set<Integer> named = new HashSet<>(List.of(frame.end(), frame.unknown(), frame.padding()));
    frame.start().ifPresent(named::add);
    return frame.special().stream().anyMatch(token -> !named.contains(token.number()));
  }

  private static Object content(Tokenizer tokenizer, int number) {
    SpecialToken token =
        tokenizer.frame().special().stream()
            .filter(special -> special.number() == number)
            .findFirst()
            .orElseThrow();
    if (!token.cleaned()) {
      return token.text();
    }
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("__type", "AddedToken");
    content.putAll(AddedTokens.content(token));
    return content;
  }
}
