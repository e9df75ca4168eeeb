package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import io.github.fdistill.condition.ClassNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.commons.cli.CommandLine;

/**
 * The flag {@code --class}: classes by their names or by their numbers, such as {@code ankle-boot},
 * {@code 3} or {@code 0-4,bag}; {@code none} is no class. A name to the letter goes before a
 * number, a range and {@code none}.
 *
 * @param names of the model's classes; may have none
 * @param classes how many there are; less than 1: not known
 * @param learnt whether the model has learnt "no class"
 * @param tell is told where what was typed could mean other classes too
 */
record ClassFlag(ClassNames names, int classes, boolean learnt, Consumer<String> tell) {
  static final String NAME = "class";
  static final String NONE = "none";

  private static final String NUMBER_OR_RANGE = "\\d+(-\\d+)?";
  private static final Pattern RANGE = Pattern.compile("\\d+-\\d+");
  private static final Pattern NUMBERS = Pattern.compile(NUMBER_OR_RANGE);
  private static final Pattern LIST =
      Pattern.compile(NUMBER_OR_RANGE + "(," + NUMBER_OR_RANGE + ")*");

  /**
   * The labels that it says. Where all classes are called by numbers, a number is a name.
   *
   * @param usual those where the flag is not given
   * @throws InputException when one is no class of the model, comes again, or may be one of two
   */
  int[] labels(CommandLine line, int[] usual) {
    return line.hasOption(NAME) ? labels(line.getOptionValue(NAME)) : usual;
  }

  /** Those of the flag's text. */
  int[] labels(String text) {
    OptionalInt whole = LIST.matcher(text).matches() ? names.exactly(text) : names.find(text);
    if (whole.isPresent() && names.of(whole.getAsInt()).contains(",")) {
      return new int[] {whole.getAsInt()};
    }
    List<Integer> labels = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      labels.addAll(part(part));
    }
    long[] numbers = labels.stream().mapToLong(Integer::longValue).toArray();
    Seeds.requireOnce(NAME, text, numbers, "each class once");
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }

  private List<Integer> part(String part) {
    boolean exact = names.exactly(part).isPresent();
    OptionalInt found = names.find(part);
    if (found.isEmpty() || !exact && isRangeBesideNumber(part, names.of(found.getAsInt()))) {
      return numbered(part);
    }
    List<Integer> label = List.of(found.getAsInt());
    List<Integer> others = otherwise(part);
    if (!others.isEmpty() && !others.equals(label)) {
      String name = Shown.name(names.of(label.get(0)));
      if (!exact) {
        throw Flags.bad(
            NAME, part, "a class's whole name: that may be '" + name + "', or " + said(others));
      }
      tell.accept("Note: --class '" + name + "' is the class of that name, not " + said(others));
    }
    return label;
  }

  /** Without its hyphen the range "2-3" would be the class "23". */
  private static boolean isRangeBesideNumber(String part, String name) {
    return RANGE.matcher(part).matches() && NUMBERS.matcher(name).matches();
  }

  /** What it would be if no class were called so; none where it would be refused. */
  private List<Integer> otherwise(String part) {
    try {
      return numbered(part);
    } catch (InputException e) {
      return List.of();
    }
  }

  private String said(List<Integer> labels) {
    int first = labels.get(0);
    if (labels.size() > 1) {
      return "the classes numbered from " + first + " to " + labels.get(labels.size() - 1);
    }
    return first == classes
        ? "no class"
        : "class " + first + ", '" + Shown.name(names.of(first)) + "'";
  }

  /** By its number, or those of a range, or none. */
  private List<Integer> numbered(String part) {
    if (part.equals(NONE)) {
      return List.of(none());
    }
    if (!NUMBERS.matcher(part).matches()) {
      throw Flags.bad(NAME, part, needed(part));
    }
    return Arrays.stream(Seeds.parse(NAME, part)).mapToObj(this::known).toList();
  }

  private int none() {
    if (classes < 1) {
      throw Flags.bad(NAME, NONE, "a class: nothing here says which label means none");
    }
    if (!learnt) {
      throw Flags.bad(NAME, NONE, "a class: the model has not learnt \"no class\"");
    }
    return classes;
  }

  private int known(long number) {
    OptionalInt label =
        number > Integer.MAX_VALUE ? OptionalInt.empty() : names.numbered((int) number);
    if (label.isEmpty() || classes > 0 && label.getAsInt() >= classes) {
      throw Flags.bad(NAME, "" + number, needed("" + number));
    }
    return label.getAsInt();
  }

  private String needed(String part) {
    int[] several = names.all(part);
    return several.length > 1 && !names.areNumbers()
        ? "the number of one class: that may be any of " + names.withNumbers(several)
        : some() + (classes > 0 && learnt ? ", or none" : "");
  }

  /**
   * Which there are; where all are called by numbers, their places would only be taken for them.
   */
  private String some() {
    if (names.isEmpty()) {
      return classes > 0 ? "classes from 0 to " + (classes - 1) : "classes from 0";
    }
    return names.areNumbers()
        ? "one of " + names.listed(IntStream.range(0, names.names().size()).boxed().toList())
        : "one of " + names + ", by number or name";
  }
}
