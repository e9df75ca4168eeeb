package io.github.fdistill;

/**
 * Input that is refused: what a user can mend. Its message says where, what was found, what is
 * needed and what to do; the command line prints it without a stack trace.
 */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String rest;

  /**
   * @param where the file (with line and column where known), flag or folder
   * @param found what stands there
   * @param needed what would be accepted
   * @param remedy what to do next
   */
  public InputException(String where, String found, String needed, String remedy) {
    this(where, ": " + found + "\n  needed: " + needed + "\n  remedy: " + remedy);
  }

  private InputException(String where, String rest) {
    super(where + rest);
    this.rest = rest;
  }

  /** The same, keeping the exception that revealed it; shown with {@code --debug}. */
  public InputException(String where, String found, String needed, String remedy, Throwable cause) {
    this(where, found, needed, remedy);
    initCause(cause);
  }

  /** The same of another place: of the setting, say, that a formula got its numbers from. */
  public InputException at(String where) {
    InputException moved = new InputException(where, rest);
    moved.initCause(this);
    return moved;
  }
}
