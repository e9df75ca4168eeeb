package io.github.fdistill.text;

import io.github.fdistill.InputException;
import io.github.fdistill.text.BytePairs.Pair;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A vocabulary and the pairs that are found to fit it, while they are read. */
final class ReadPairs {
  /** Of tokens and of pairs: five times those of CLIP. */
  static final int MOST = 1 << 18;

  private final Path merges;
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private final Set<Pair> pairs = new LinkedHashSet<>();

  /**
   * @param entries the numbers of tokens, as JSON has them
   * @param merges the file of the pairs, for messages
   * @throws InputException if a token has no number, or that of another
   */
  ReadPairs(Path vocabulary, Map<String, Object> entries, Path merges) {
    this.merges = merges;
    boolean[] taken = new boolean[MOST];
    entries.forEach(
        (token, value) -> {
          long number = value instanceof Long whole ? whole : -1;
          if (number < 0 || number >= MOST || taken[(int) number]) {
            throw new InputException(
                vocabulary.toString(),
                "the number " + value + " of the token '" + token + "'",
                "a number from 0 on, below " + MOST + ", another for each token",
                "copy the file again");
          }
          taken[(int) number] = true;
          numbers.put(token, (int) number);
        });
  }

  /**
   * @param line two tokens, a blank between them
   * @throws InputException if it is no such line, or the same as another
   */
  void add(String line) {
    int blank = line.indexOf(' ');
    Pair pair = new Pair(line.substring(0, Math.max(0, blank)), line.substring(blank + 1));
    boolean known = numbers.containsKey(pair.left()) && numbers.containsKey(pair.right());
    if (blank < 1 || !known || !numbers.containsKey(pair.both())) {
      throw wrong("the line '" + line + "'");
    } else if (!pairs.add(pair)) {
      throw wrong("the pair '" + line + "' twice");
    } else if (pairs.size() > MOST) {
      throw wrong("more than " + MOST + " pairs");
    }
  }

  private InputException wrong(String found) {
    return new InputException(
        merges.toString(),
        found,
        "pairs of tokens of the vocabulary that make another of it, each once",
        "put the files of one tokenizer together");
  }

  BytePairs pairs() {
    return new BytePairs(numbers, List.copyOf(pairs));
  }
}
