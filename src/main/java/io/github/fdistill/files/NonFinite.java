package io.github.fdistill.files;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NaN, Infinity and -Infinity, which TensorFlow Serving takes in requests and Python writes into
 * files, and JSON has no words for: while a text is read, numbers that nobody writes stand for
 * them.
 */
public final class NonFinite {
  /** A string, which is left as it is, or one of the words. */
  private static final Pattern PARTS =
      Pattern.compile("(?s)\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"?|-?\\b(?:NaN|Infinity|Inf)\\b");

  private static final Map<String, String> NUMBERS =
      Map.of(
          "NaN", "1e+999999901",
          "-NaN", "1e+999999901",
          "Inf", "1e+999999902",
          "Infinity", "1e+999999902",
          "-Inf", "-1e+999999902",
          "-Infinity", "-1e+999999902");

  private static final Map<String, Double> VALUES =
      Map.of(
          "1e+999999901", Double.NaN,
          "1e+999999902", Double.POSITIVE_INFINITY,
          "-1e+999999902", Double.NEGATIVE_INFINITY);

  private NonFinite() {}

  /** The text with numbers in place of the words, where they stand outside of strings. */
  public static String asNumbers(String json) {
    if (!json.contains("NaN") && !json.contains("Inf")) {
      return json;
    }
    StringBuilder text = new StringBuilder();
    Matcher parts = PARTS.matcher(json);
    while (parts.find()) {
      String number = NUMBERS.get(parts.group());
      if (number != null) {
        parts.appendReplacement(text, number);
      }
    }
    return parts.appendTail(text).toString();
  }

  /** What a number stands for; null: itself. */
  public static Double value(String number) {
    return VALUES.get(number);
  }

  /** A number as its sender wrote it, or with the same meaning. */
  public static String shown(String number) {
    Double value = VALUES.get(number);
    return value == null ? number : value.toString();
  }
}
