package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import org.junit.jupiter.api.function.Executable;

/** What tests of refused input share. */
final class Refusals {
  private Refusals() {}

  /** Asserts that the input is refused, in a message that holds all the parts. */
  static void refused(Executable action, String... parts) {
    String message = assertThrows(InputException.class, action).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), part + " in:\n" + message);
    }
  }
}
