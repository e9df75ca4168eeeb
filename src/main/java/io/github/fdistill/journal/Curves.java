package io.github.fdistill.journal;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Under which tags the numbers of a step stand in TensorBoard, which groups by what is before "/".
 */
final class Curves {
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
    int slash = name.indexOf('/');
    if (slash >= 0) {
      return name.substring(slash + 1) + "/" + name.substring(0, slash);
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
