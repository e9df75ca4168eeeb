package io.github.fdistill.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lists of whole numbers as flags have them: {@code 7}, {@code 0-9}, {@code 1,5,20-29}. */
final class Seeds {
  private static final int MOST = 1_000_000;

  private Seeds() {}

  /**
   * The numbers, in the order given, each once.
   *
   * @throws io.github.fdistill.InputException where the text is no such list
   */
  static long[] parse(String flag, String text) {
    List<Long> numbers = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      try {
        int dash = part.indexOf('-', 1);
        long from = Long.parseLong(dash < 0 ? part : part.substring(0, dash));
        long to = dash < 0 ? from : Long.parseLong(part.substring(dash + 1));
        long more = to - from; // Below 0 where it overflows, too.
        if (to < from || more < 0 || more >= MOST - numbers.size()) {
          throw new NumberFormatException();
        }
        for (long i = 0; i <= more; i++) {
          numbers.add(from + i);
        }
      } catch (NumberFormatException e) {
        throw Flags.bad(
            flag, text, "numbers and ranges such as 7 or 0-9 or 1,5,20-29; at most " + MOST);
      }
    }
    long[] all = numbers.stream().mapToLong(Long::longValue).toArray();
    requireOnce(flag, text, all, "each number once");
    return all;
  }

  /** Refuses a number that comes again: its images would be the same, and have the same names. */
  static void requireOnce(String flag, String text, long[] numbers, String needed) {
    long[] sorted = numbers.clone();
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        throw Flags.bad(flag, text, needed);
      }
    }
  }
}
