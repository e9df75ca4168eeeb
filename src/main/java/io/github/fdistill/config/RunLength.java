package io.github.fdistill.config;

import com.google.protobuf.Descriptors.Descriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * A run is as long as one of its settings {@code steps}, {@code images} and {@code minutes} says.
 * Where one of them is asked for beside a file, a budget that the file has counts no more.
 */
final class RunLength {
  private static final List<String> BUDGETS = List.of("images", "minutes");

  private RunLength() {}

  /**
   * The overrides, with those that take out the file's budgets where they are to count no more.
   *
   * @param config that they are for
   * @param overrides as {@code --set} takes them
   */
  static List<String> alone(Descriptor config, List<String> overrides) {
    List<String> asked = overrides.stream().map(override -> override.split("=", 2)[0]).toList();
    List<String> all = new ArrayList<>();
    if (asked.contains("steps") || asked.stream().anyMatch(BUDGETS::contains)) {
      BUDGETS.stream()
          .filter(budget -> config.findFieldByName(budget) != null && !asked.contains(budget))
          .forEach(budget -> all.add(budget + "=0"));
    }
    all.addAll(overrides);
    return all;
  }
}
