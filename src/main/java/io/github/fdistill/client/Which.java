package io.github.fdistill.client;

import java.util.Optional;

/**
 * Which version of which model is asked.
 *
 * @param version empty: the newest
 * @param label of a version, in place of its number
 */
public record Which(String model, Optional<Long> version, Optional<String> label) {
  /** The newest version. */
  public static Which newest(String model) {
    return new Which(model, Optional.empty(), Optional.empty());
  }
}
