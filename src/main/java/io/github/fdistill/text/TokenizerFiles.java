package io.github.fdistill.text;

import com.google.gson.GsonBuilder;
import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.WholeFile;
import io.github.fdistill.tensors.JsonFile;
import io.github.fdistill.text.BytePairs.Pair;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Tokenizers in files, as Hugging Face's programs write them: {@code vocab.json} and {@code
 * merges.txt}, or both within {@code tokenizer.json}; and beside them {@code tokenizer_config.json}
 * and {@code special_tokens_map.json} with the start, the end, the padding and the length, and
 * tokens that were {@linkplain AddedTokens added}. Where both lie there, those of the first two are
 * read, and {@code tokenizer.json} says what is done to a text before.
 */
public final class TokenizerFiles {
  static final String VOCABULARY = "vocab.json";
  static final String MERGES = "merges.txt";
  static final String WHOLE = "tokenizer.json";
  static final String CONFIG = "tokenizer_config.json";

  private TokenizerFiles() {}

  /** Whether a folder holds a tokenizer. */
  public static boolean areIn(Path folder) {
    return RegularFile.isThere(folder.resolve(WHOLE)) || partsAreIn(folder);
  }

  private static boolean partsAreIn(Path folder) {
    return RegularFile.isThere(folder.resolve(VOCABULARY))
        && RegularFile.isThere(folder.resolve(MERGES));
  }

  /** The files of a tokenizer in a folder. */
  public static List<Path> in(Path folder) {
    return Stream.of(WHOLE, VOCABULARY, MERGES, CONFIG, TokenizerSettings.SPECIAL, AddedTokens.OLD)
        .map(folder::resolve)
        .filter(RegularFile::isThere)
        .toList();
  }

  /**
   * Reads a tokenizer.
   *
   * @throws InputException if there is none of byte pairs in the folder, or its files do not fit
   */
  public static Tokenizer read(Path folder) {
    if (!areIn(folder)) {
      throw new InputException(
          folder.toString(),
          "no tokenizer",
          VOCABULARY + " and " + MERGES + ", or " + WHOLE,
          "name the folder that has them; of a pipeline that is tokenizer/");
    }
    Path file = folder.resolve(WHOLE);
    if (partsAreIn(folder)) {
      Optional<Map<String, Object>> whole = JsonFile.ifThere(file);
      List<SpecialToken> added = AddedTokens.beside(folder, whole);
      Tokenizer parts = TokenizerSettings.of(folder, ofParts(folder, added), added);
      return whole.map(all -> WholeTokenizer.beside(file, all, parts)).orElse(parts);
    }
    WholeTokenizer whole = WholeTokenizer.read(file);
    return whole.required(file, TokenizerSettings.of(folder, whole.pairs(), whole.special()));
  }

  /**
   * How many tokens a row has by {@code tokenizer_config.json} alone, with a tokenizer beside it or
   * none: from 2 to {@link Tokenizer#MOST_LENGTH}. Nothing where it is not there, or says no such
   * number.
   *
   * @throws InputException if it cannot be read
   */
  public static OptionalInt length(Path folder) {
    Path file = folder.resolve(CONFIG);
    Object said = JsonFile.ifThere(file).map(all -> all.get(TokenizerSettings.MOST)).orElse(null);
    return said instanceof Long tokens && tokens >= 2 && tokens <= Tokenizer.MOST_LENGTH
        ? OptionalInt.of(tokens.intValue())
        : OptionalInt.empty();
  }

  private static BytePairs ofParts(Path folder, List<SpecialToken> added) {
    Path vocabulary = folder.resolve(VOCABULARY);
    Path merges = folder.resolve(MERGES);
    ReadPairs read =
        new ReadPairs(
            vocabulary, AddedTokens.with(added, vocabulary, JsonFile.read(vocabulary)), merges);
    try {
      RegularFile.lines(
          merges,
          FileKind.MERGES,
          (number, line) -> {
            if (!line.isEmpty() && !(number == 1 && line.startsWith("#version"))) {
              read.add(line);
            }
          });
    } catch (IOException e) {
      throw new InputException(
          merges.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "a pair of tokens a line, a blank between them",
          "copy the file again",
          e);
    }
    return read.pairs();
  }

  /**
   * Writes {@code vocab.json}, {@code merges.txt} and {@code tokenizer_config.json}, each whole or
   * not at all.
   */
  public static void write(Tokenizer tokenizer, Path folder) {
    var gson = new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();
    StringBuilder merges = new StringBuilder("#version: 0.2\n");
    for (Pair pair : tokenizer.bytePairs().pairs()) {
      merges.append(pair.left()).append(' ').append(pair.right()).append('\n');
    }
    write(folder.resolve(CONFIG), gson.toJson(TokenizerSettings.config(tokenizer)) + "\n");
    write(folder.resolve(MERGES), merges.toString());
    write(folder.resolve(VOCABULARY), gson.toJson(tokenizer.bytePairs().numbers()) + "\n");
  }

  private static void write(Path file, String text) {
    WholeFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }
}
