package io.github.fdistill.condition;

import io.github.fdistill.InputException;
import java.util.Map;

/** Conditions as a user writes them: "0.5,1,0", the numbers of a row with commas between them. */
public final class ConditionText {
  private ConditionText() {}

  /**
   * One row of what a model takes.
   *
   * @param texts by the names of inputs; an input without one is zeros
   * @throws InputException when a text is not a row of its input, or of none of its inputs
   */
  public static ConditionRows read(Conditioning conditioning, Map<String, String> texts) {
    ConditionRows row = ConditionRows.zeros(conditioning, 1);
    texts.forEach(
        (name, text) -> {
          ConditionRows.Column column = row.columns().get(name);
          if (column == null) {
            throw wrong(name, "no input of the model", "one that it takes: " + conditioning);
          }
          fill(name, text.split(",", -1), column);
        });
    return row;
  }

  private static void fill(String name, String[] numbers, ConditionRows.Column column) {
    if (numbers.length != column.length()) {
      throw wrong(name, numbers.length + " numbers", column.length() + ", commas between them");
    }
    for (int i = 0; i < numbers.length; i++) {
      String number = numbers[i].strip();
      try {
        if (column instanceof ConditionRows.Ints ints) {
          ints.values()[i] = Integer.parseInt(number);
        } else if (column instanceof ConditionRows.Floats floats) {
          floats.values()[i] = finite(number);
        }
      } catch (NumberFormatException e) {
        boolean whole = column instanceof ConditionRows.Ints;
        throw wrong(name, "'" + number + "'", whole ? "a whole number" : "a number");
      }
    }
  }

  private static float finite(String number) {
    float value = Float.parseFloat(number);
    if (!Float.isFinite(value)) {
      throw new NumberFormatException();
    }
    return value;
  }

  private static InputException wrong(String name, String found, String needed) {
    return new InputException("condition '" + name + "'", found, needed, "correct it");
  }
}
