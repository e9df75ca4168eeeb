package io.github.fdistill.journal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Under which tags the numbers of a step stand in TensorBoard, which groups by what is before "/".
 */
final class Curves {
  /** A measure of one average, or of the weights as they are. */
  private static final Pattern MEASURE = Pattern.compile("(average_\\d+|weights)/(.+)");

  private Curves() {}

  /**
   * The same numbers by tag: losses, gradients, ratios and so on, and the measures of all averages
   * by measure, such as {@code fid/average_0}.
   */
  static <N extends Number> Map<String, N> grouped(Map<String, N> numbers) {
    Map<String, N> tags = new LinkedHashMap<>();
    numbers.forEach((name, value) -> tags.put(tag(name), value));
    return tags;
  }

  static String tag(String name) {
    Matcher measure = MEASURE.matcher(name);
    if (measure.matches()) {
      return measure.group(2) + "/" + measure.group(1);
    }
    if (name.endsWith("loss")) {
      return "loss/" + name;
    }
    if (name.endsWith("gradient_norm")) {
      return "gradients/" + name;
    }
    if (name.startsWith("logit") || name.startsWith("ratio")) {
      return "ratio/" + name;
    }
    return switch (name) {
      case "weight", "effective_sample_share" -> "ratio/" + name;
      case "diversity", "accuracy" -> "quality/" + name;
      default -> name;
    };
  }
}
