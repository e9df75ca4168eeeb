package io.github.fdistill.config;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What numbers of settings may be: finite, and in the range that each says where it is declared, by
 * the option {@code range}.
 */
final class Ranges {
  /** From here on numbers are written with an exponent. */
  private static final double LARGE = 1e7;

  private Ranges() {}

  /**
   * Refuses settings of which a number is not in its range, also within groups and lists.
   *
   * @param file that they come from, for messages
   */
  static void check(Path file, Message settings) {
    check(file, "", settings);
  }

  private static void check(Path file, String prefix, Message settings) {
    settings.getAllFields().forEach((field, value) -> check(file, prefix, field, value));
  }

  private static void check(Path file, String prefix, FieldDescriptor field, Object value) {
    List<?> values = field.isRepeated() ? (List<?>) value : List.of(value);
    for (int i = 0; i < values.size(); i++) {
      String path = prefix + field.getName() + (field.isRepeated() ? "[" + i + "]" : "");
      if (values.get(i) instanceof Message group) {
        check(file, path + ".", group);
      } else if (values.get(i) instanceof Number number) {
        Range range = field.getOptions().getExtension(Numbers.range);
        Configs.check(holds(range, number.doubleValue()), file, path, number, needed(range));
      }
    }
  }

  private static boolean holds(Range range, double value) {
    return Double.isFinite(value)
        && (!range.hasFrom() || value >= range.getFrom())
        && (!range.hasAbove() || value > range.getAbove())
        && (!range.hasTo() || value <= range.getTo())
        && (!range.hasBelow() || value < range.getBelow());
  }

  /** Such as "1 or more", "0 to 1", "from 0 to below 1" and "a number above 0 and below 1e9". */
  private static String needed(Range range) {
    boolean open = range.getHighCase() == Range.HighCase.HIGH_NOT_SET;
    String high = text(range.hasTo() ? range.getTo() : range.getBelow());
    return switch (range.getLowCase()) {
      case FROM -> {
        String low = text(range.getFrom());
        String to = range.hasTo() ? low + " to " + high : "from " + low + " to below " + high;
        yield open ? low + " or more" : to;
      }
      case ABOVE -> {
        String to = range.hasTo() ? " and up to " : " and below ";
        yield "a number above " + text(range.getAbove()) + (open ? "" : to + high);
      }
      case LOW_NOT_SET -> "a number that is neither infinite nor NaN";
    };
  }

  private static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < LARGE
        ? Long.toString((long) value)
        : Double.toString(value).toLowerCase(Locale.ROOT).replace(".0e", "e");
  }
}
