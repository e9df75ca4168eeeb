package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;

/**
 * The flag {@code --class}: classes by their names or by their numbers, such as {@code ankle-boot},
 * {@code 3} or {@code 0-4,bag}; {@code none} is no class.
 */
final class ClassFlag {
  static final String NAME = "class";
  static final String NONE = "none";

  private static final Pattern RANGE = Pattern.compile("\\d+-\\d+");
  private static final Pattern NUMBERS = Pattern.compile("\\d+(-\\d+)?");

  private ClassFlag() {}

  /**
   * The labels that it says. Where all classes are called by numbers, a number is a name.
   *
   * @param usual those where the flag is not given
   * @param classes how many there are; less than 1: not known
   * @param learnt whether the model has learnt "no class"
   * @throws InputException when one is no class of the model, or comes again
   */
  static int[] labels(
      CommandLine line, int[] usual, ClassNames names, int classes, boolean learnt) {
    return line.hasOption(NAME) ? labels(line.getOptionValue(NAME), names, classes, learnt) : usual;
  }

  /** Those of the flag's text. */
  static int[] labels(String text, ClassNames names, int classes, boolean learnt) {
    String needed = needed(names, classes) + (classes > 0 && learnt ? ", or none" : "");
    List<Integer> labels = new ArrayList<>();
    OptionalInt whole = names.find(text);
    if (whole.isPresent() && names.of(whole.getAsInt()).contains(",")) {
      return new int[] {whole.getAsInt()};
    }
    for (String part : text.split(",", -1)) {
      OptionalInt named = RANGE.matcher(part).matches() ? OptionalInt.empty() : names.find(part);
      if (named.isPresent()) {
        labels.add(named.getAsInt());
      } else if (part.equals(NONE)) {
        labels.add(none(classes, learnt));
      } else if (NUMBERS.matcher(part).matches()) {
        for (long number : Seeds.parse(NAME, part)) {
          labels.add(known(number, names, classes, needed));
        }
      } else {
        throw Flags.bad(NAME, part, needed);
      }
    }
    long[] numbers = labels.stream().mapToLong(Integer::longValue).toArray();
    Seeds.requireOnce(NAME, text, numbers, "each class once");
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int none(int classes, boolean learnt) {
    if (classes < 1) {
      throw Flags.bad(NAME, NONE, "a class: nothing here says which label means none");
    }
    if (!learnt) {
      throw Flags.bad(NAME, NONE, "a class: the model has not learnt \"no class\"");
    }
    return classes;
  }

  private static int known(long number, ClassNames names, int classes, String needed) {
    OptionalInt label =
        number > Integer.MAX_VALUE ? OptionalInt.empty() : names.numbered((int) number);
    if (label.isEmpty() || classes > 0 && label.getAsInt() >= classes) {
      throw Flags.bad(NAME, "" + number, needed);
    }
    return label.getAsInt();
  }

  private static String needed(ClassNames names, int classes) {
    if (!names.isEmpty()) {
      return "one of " + names + ", by number or name";
    }
    return classes > 0 ? "classes from 0 to " + (classes - 1) : "classes from 0";
  }
}
