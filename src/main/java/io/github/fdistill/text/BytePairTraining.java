package io.github.fdistill.text;

import io.github.fdistill.InputException;
import io.github.fdistill.text.BytePairs.Pair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes a tokenizer from texts: beginning with the bytes, the two neighbours that stand together
 * most often become one token, again and again. Of two pairs that are as frequent, the one whose
 * letters come first does; so the same texts, in whatever order, make the same tokenizer.
 */
public final class BytePairTraining {
  /** A pair that stands once is no pattern. */
  private static final long FEWEST = 2;

  /** Tokens, at most. */
  public static final int MOST_TOKENS = 1 << 18;

  private final String wordEnd;
  private final List<String> tokens = new ArrayList<>();
  private final List<Pair> pairs = new ArrayList<>();

  /** Each piece once, as its tokens so far, and how often it stands in the texts. */
  private final List<int[]> pieces = new ArrayList<>();

  private final List<Long> times = new ArrayList<>();
  private final Map<Long, Long> counts = new HashMap<>();

  /** In which pieces a pair stands, or has stood. */
  private final Map<Long, TreeSet<Integer>> places = new HashMap<>();

  private final PriorityQueue<Counted> order =
      new PriorityQueue<>(
          Comparator.comparingLong(Counted::count)
              .reversed()
              .thenComparing(c -> token(left(c.pair())))
              .thenComparing(c -> token(right(c.pair()))));

  /** How often a pair stood when it was put in order. */
  private record Counted(long pair, long count) {}

  private BytePairTraining(TextForm form) {
    this.wordEnd = form.wordEnd();
    tokens.addAll(ByteLetters.alphabet());
    if (!wordEnd.isEmpty()) {
      ByteLetters.alphabet().forEach(letter -> tokens.add(letter + wordEnd));
    }
  }

  /**
   * Makes a tokenizer with a start, an end that is the padding too, and a token for each byte.
   *
   * @param vocabulary how many tokens, of which 256 are bytes (of CLIP's form 512) and two are
   *     start and end; fewer where no two stand together twice
   * @param length of a row
   * @throws InputException when those are too few or too many
   */
  public static Tokenizer train(Iterable<String> texts, TextForm form, int vocabulary, int length) {
    BytePairTraining training = new BytePairTraining(form);
    int fewest = training.tokens.size() + 2;
    if (vocabulary < fewest || vocabulary > MOST_TOKENS) {
      throw InputException.ofValue(
          "vocabulary", "" + vocabulary, "from " + fewest + " to " + MOST_TOKENS + " tokens");
    }
    training.count(texts, form);
    while (training.tokens.size() < vocabulary - 2 && training.join()) {
      // A token more each time.
    }
    return training.tokenizer(form, length);
  }

  private Tokenizer tokenizer(TextForm form, int length) {
    tokens.add(TokenizerSettings.START);
    tokens.add(TokenizerSettings.END);
    Map<String, Integer> numbers = new LinkedHashMap<>();
    tokens.forEach(token -> numbers.put(token, numbers.size()));
    int start = tokens.size() - 2;
    int end = tokens.size() - 1;
    return new Tokenizer(
        form,
        new BytePairs(numbers, pairs),
        new Tokenizer.Frame(
            OptionalInt.of(start),
            end,
            end,
            end,
            length,
            List.of(
                new SpecialToken(TokenizerSettings.START, start, false),
                new SpecialToken(TokenizerSettings.END, end, false))));
  }

  private void count(Iterable<String> texts, TextForm form) {
    Map<String, Long> found = new TreeMap<>();
    for (String text : texts) {
      form.pieces(form.cleaned(text)).forEach(p -> found.merge(ByteLetters.of(p), 1L, Long::sum));
    }
    Map<String, Integer> numbers = new HashMap<>();
    tokens.forEach(token -> numbers.put(token, numbers.size()));
    found.forEach(
        (letters, count) -> {
          int[] piece = new int[letters.length()];
          for (int i = 0; i < piece.length; i++) {
            String end = i == piece.length - 1 ? wordEnd : "";
            piece[i] = numbers.get(letters.charAt(i) + end);
          }
          pieces.add(piece);
          times.add(count);
          add(pieces.size() - 1, count);
        });
    counts.forEach((pair, count) -> order.add(new Counted(pair, count)));
  }

  /** Joins the most frequent pair; false where none is frequent. */
  private boolean join() {
    Counted best = order.poll();
    while (best != null && best.count() != counts.getOrDefault(best.pair(), 0L)) {
      best = order.poll(); // It is in order again with the number that it has now.
    }
    if (best == null || best.count() < FEWEST) {
      return false;
    }
    Pair pair = new Pair(token(left(best.pair())), token(right(best.pair())));
    pairs.add(pair);
    int number = tokens.indexOf(pair.both());
    if (number < 0) {
      number = tokens.size();
      tokens.add(pair.both());
    }
    TreeSet<Long> changed = new TreeSet<>();
    for (int place : places.remove(best.pair())) {
      changed.addAll(add(place, -times.get(place)));
      pieces.set(place, joined(pieces.get(place), best.pair(), number));
      changed.addAll(add(place, times.get(place)));
    }
    changed.forEach(each -> order.add(new Counted(each, counts.getOrDefault(each, 0L))));
    return true;
  }

  /** Counts the pairs of a piece so many times more, or fewer; returns which they are. */
  private List<Long> add(int place, long count) {
    int[] piece = pieces.get(place);
    List<Long> found = new ArrayList<>();
    for (int i = 0; i + 1 < piece.length; i++) {
      long pair = (long) piece[i] << 32 | piece[i + 1];
      counts.merge(pair, count, Long::sum);
      if (count > 0) {
        places.computeIfAbsent(pair, key -> new TreeSet<>()).add(place);
      }
      found.add(pair);
    }
    return found;
  }

  private static int[] joined(int[] piece, long pair, int number) {
    int[] joined = new int[piece.length];
    int count = 0;
    for (int i = 0; i < piece.length; i++) {
      boolean here = i + 1 < piece.length && piece[i] == left(pair) && piece[i + 1] == right(pair);
      joined[count++] = here ? number : piece[i];
      i += here ? 1 : 0;
    }
    return Arrays.copyOf(joined, count);
  }

  private String token(int number) {
    return tokens.get(number);
  }

  private static int left(long pair) {
    return (int) (pair >> 32);
  }

  private static int right(long pair) {
    return (int) pair;
  }
}
