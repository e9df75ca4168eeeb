package io.github.fdistill.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Byte pair encoding: a piece of text is its letters first, then of all neighbours that may become
 * one token those do that come first in the list, the leftmost of them first, until none is left.
 * Sennrich et al. 2016. Immutable.
 */
final class BytePairs {
  private final Map<String, Integer> numbers;
  private final Map<Integer, String> tokens;
  private final List<Pair> pairs;
  private final Map<Long, Joined> joined;

  /** Two tokens that become one. */
  record Pair(String left, String right) {
    String both() {
      return left + right;
    }
  }

  /** What a pair becomes. */
  private record Joined(int rank, int number) {}

  /**
   * @param numbers by the tokens' letters
   * @param pairs in the order in which they are joined; of each, both and what they become are
   *     among the tokens
   */
  BytePairs(Map<String, Integer> numbers, List<Pair> pairs) {
    this.numbers = new LinkedHashMap<>(numbers);
    this.tokens = new HashMap<>();
    numbers.forEach((token, number) -> tokens.put(number, token));
    this.pairs = List.copyOf(pairs);
    this.joined = new HashMap<>();
    for (Pair pair : pairs) {
      long key = key(numbers.get(pair.left()), numbers.get(pair.right()));
      joined.put(key, new Joined(joined.size(), numbers.get(pair.both())));
    }
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }

  Map<String, Integer> numbers() {
    return numbers;
  }

  List<Pair> pairs() {
    return pairs;
  }

  /** The letters of a token; "" where there is none of that number. */
  String token(int number) {
    return tokens.getOrDefault(number, "");
  }

  /**
   * The tokens of a piece.
   *
   * @param letters of its bytes, at least one
   * @param wordEnd what the last of them carries
   * @param unknown for a letter that is no token
   */
  int[] encoded(String letters, String wordEnd, int unknown) {
    int count = letters.length();
    int[] symbols = new int[count];
    for (int i = 0; i < count; i++) {
      String letter = letters.substring(i, i + 1) + (i == count - 1 ? wordEnd : "");
      symbols[i] = numbers.getOrDefault(letter, unknown);
    }
    return new Joining(symbols).run();
  }

  /** One piece while its tokens are put together: a list in both directions, in arrays. */
  private final class Joining {
    private static final int GONE = -1;

    private final int[] symbols;
    private final int[] next;
    private final int[] before;

    /** Rank and place of pairs that could be joined, some of which are no more. */
    private final PriorityQueue<Long> waiting = new PriorityQueue<>();

    Joining(int[] symbols) {
      this.symbols = symbols;
      this.next = new int[symbols.length];
      this.before = new int[symbols.length];
      for (int i = 0; i < symbols.length; i++) {
        next[i] = i + 1;
        before[i] = i - 1;
      }
    }

    int[] run() {
      for (int i = 0; i + 1 < symbols.length; i++) {
        await(i);
      }
      while (!waiting.isEmpty()) {
        long first = waiting.poll();
        int place = (int) first;
        Joined pair = at(place);
        if (pair != null && pair.rank() == (int) (first >> 32)) {
          join(place, pair.number());
        }
      }
      return Arrays.stream(symbols).filter(symbol -> symbol != GONE).toArray();
    }

    /** What the symbol at a place and the one after it become; null where they stay two. */
    private Joined at(int place) {
      if (symbols[place] == GONE || next[place] >= symbols.length) {
        return null;
      }
      return joined.get(key(symbols[place], symbols[next[place]]));
    }

    private void await(int place) {
      Joined pair = at(place);
      if (pair != null) {
        waiting.add((long) pair.rank() << 32 | place);
      }
    }

    private void join(int place, int number) {
      int taken = next[place];
      symbols[place] = number;
      symbols[taken] = GONE;
      next[place] = next[taken];
      if (next[place] < symbols.length) {
        before[next[place]] = place;
      }
      await(place);
      if (before[place] >= 0) {
        await(before[place]);
      }
    }
  }
}
