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

  private static final Pattern NUMBERS = Pattern.compile("\\d+(-\\d+)?");

  private ClassFlag() {}

  /**
   * The labels that it says.
   *
   * @param classes how many there are; less than 1: not known
   * @throws InputException when one is no class of the model
   */
  static int[] labels(CommandLine line, String usual, ClassNames names, int classes) {
    String text = line.getOptionValue(NAME, usual);
    List<Integer> labels = new ArrayList<>();
    OptionalInt whole = names.find(text); // A name may hold a comma.
    if (whole.isPresent()) {
      return new int[] {whole.getAsInt()};
    }
    for (String part : text.split(",", -1)) {
      if (part.equals(NONE)) {
        labels.add(none(classes));
      } else if (NUMBERS.matcher(part).matches()) {
        for (long number : Seeds.parse(NAME, part)) {
          labels.add(known(number, names, classes));
        }
      } else {
        labels.add(
            names.find(part).orElseThrow(() -> Flags.bad(NAME, part, needed(names, classes))));
      }
    }
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int none(int classes) {
    if (classes < 1) {
      throw Flags.bad(NAME, NONE, "a class: the model does not say which label means none");
    }
    return classes;
  }

  private static int known(long number, ClassNames names, int classes) {
    if (number > Integer.MAX_VALUE || classes > 0 && number >= classes) {
      throw Flags.bad(NAME, "" + number, needed(names, classes));
    }
    return (int) number;
  }

  private static String needed(ClassNames names, int classes) {
    if (!names.isEmpty()) {
      return "one of " + names + ", by number or name, or none";
    }
    return classes > 0 ? "classes from 0 to " + (classes - 1) + ", or none" : "classes from 0";
  }
}
