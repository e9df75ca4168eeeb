package io.github.fdistill.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** The flag {@code --condition}: what images are drawn under, beside a class. */
final class ConditionFlag {
  static final String NAME = "condition";

  private ConditionFlag() {}

  /**
   * @param left what is drawn under where an input is left out
   */
  static Option option(String left) {
    return Flags.valued(
        NAME,
        "INPUT=LIST",
        "of a model that takes more than a class: the numbers of an "
            + "input, such as vector=0.5,1,0; may be repeated ("
            + left
            + ")");
  }

  /** The numbers, as they were written, by the names of inputs. */
  static Map<String, String> texts(CommandLine line) {
    Map<String, String> texts = new LinkedHashMap<>();
    String[] values = line.getOptionValues(NAME);
    for (String value : values == null ? new String[0] : values) {
      int equals = value.indexOf('=');
      if (equals < 1) {
        throw Flags.bad(NAME, value, "INPUT=NUMBER,NUMBER,...");
      }
      String input = value.substring(0, equals);
      if (texts.put(input, value.substring(equals + 1)) != null) {
        throw Flags.bad(NAME, value, "each input once: " + input + " stands before");
      }
    }
    return texts;
  }
}
