package io.github.fdistill.config;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Objects;

/**
 * A run is as long as one of its settings {@code steps}, {@code images} and {@code minutes} says;
 * the latter two are budgets, of which steps are made.
 */
public final class RunLength {
  private static final List<String> BUDGETS = List.of("images", "minutes");

  private RunLength() {}

  /** Whether overrides say how long a run is: then its file's budget counts no more. */
  static boolean isIn(List<String> overrides) {
    return overrides.stream()
        .map(override -> override.split("=", 2)[0].strip())
        .anyMatch(field -> field.equals("steps") || BUDGETS.contains(field));
  }

  /**
   * Takes out the budgets of a run's settings; others, which do not have both, stay as they are.
   */
  public static void clearBudgets(Message.Builder settings) {
    List<FieldDescriptor> fields =
        BUDGETS.stream()
            .map(settings.getDescriptorForType()::findFieldByName)
            .filter(Objects::nonNull)
            .toList();
    if (fields.size() == BUDGETS.size()) {
      fields.forEach(settings::clearField);
    }
  }
}
