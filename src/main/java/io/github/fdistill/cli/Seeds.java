package io.github.fdistill.cli;

import java.util.ArrayList;
import java.util.List;

/** Lists of whole numbers as flags have them: {@code 7}, {@code 0-9}, {@code 1,5,20-29}. */
final class Seeds {
  private static final int MOST = 1_000_000;

  private Seeds() {}

  /** The numbers, in the order given. */
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
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }
}
