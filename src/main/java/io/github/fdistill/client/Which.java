package io.github.fdistill.client;

import io.github.fdistill.serving.StudentExport;
import java.util.Optional;

/**
 * Which version of which model is asked, and for images after how many of its steps.
 *
 * @param version empty: the newest
 * @param label of a version, in place of its number
 * @param steps empty: all that it makes
 */
public record Which(
    String model, Optional<Long> version, Optional<String> label, Optional<Integer> steps) {
  /** The signature of all steps that gives PNGs. */
  static final String PNG = "png";

  /** All steps. */
  public Which(String model, Optional<Long> version, Optional<String> label) {
    this(model, version, label, Optional.empty());
  }

  /** The signature that gives PNGs. */
  String signature() {
    return steps.map(n -> StudentExport.inSteps(PNG, n)).orElse(PNG);
  }

  /** The same, asked for images after so many steps. */
  Which inSteps(int count) {
    return new Which(model, version, label, Optional.of(count));
  }

  /** The newest version. */
  public static Which newest(String model) {
    return new Which(model, Optional.empty(), Optional.empty());
  }
}
