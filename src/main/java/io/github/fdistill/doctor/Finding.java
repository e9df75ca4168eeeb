package io.github.fdistill.doctor;

/**
 * What one check found.
 *
 * @param what was looked for
 * @param found what is there, or why it is not
 * @param remedy what to do; empty where nothing is wrong
 */
public record Finding(String what, State state, String found, String remedy) {

  /** How it stands. */
  public enum State {
    FOUND,
    WARNING,
    /** What a GPU would need, and a CPU does not. */
    ABSENT,
    MISSING
  }

  static Finding found(String what, String found) {
    return new Finding(what, State.FOUND, found, "");
  }

  static Finding warning(String what, String found, String remedy) {
    return new Finding(what, State.WARNING, found, remedy);
  }

  static Finding absent(String what, String found, String remedy) {
    return new Finding(what, State.ABSENT, found, remedy);
  }

  static Finding missing(String what, String found, String remedy) {
    return new Finding(what, State.MISSING, found, remedy);
  }
}
