package io.github.fdistill;

import java.util.ArrayList;
import java.util.List;

/**
 * Input that is refused: what a user can mend. Its message says where, what was found, what is
 * needed and what to do; the command line prints it without a stack trace.
 */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int MOST_FOUND = 2000;

  private static final String NEEDED = "\n  needed: ";
  private static final String REMEDY = "\n  remedy: ";

  /** The remedy of a setting in a file. */
  private static final String THERE = REMEDY + "change it there";

  private final String rest;
  private final boolean value;
  private final boolean passing;

  /**
   * @param where the file (with line and column where known), flag or folder
   * @param found what stands there
   * @param needed what would be accepted
   * @param remedy what to do next
   */
  public InputException(String where, String found, String needed, String remedy) {
    this(brief(where), ": " + brief(found) + NEEDED + needed + REMEDY + remedy, false, false);
  }

  private InputException(String where, String rest, boolean value, boolean passing) {
    super(where + rest);
    this.rest = rest;
    this.value = value;
    this.passing = passing;
  }

  /** Where, or what was found, on one line, and no more of it than anybody reads. */
  private static String brief(String found) {
    String line = Shown.name(found.replaceAll("\\s*\\n\\s+(needed|remedy): ", "; $1: "));
    return line.length() <= MOST_FOUND ? line : line.substring(0, MOST_FOUND) + " ...";
  }

  /**
   * Of a value that the caller gave.
   *
   * @param name of the value; a command has a flag of this name
   */
  public static InputException ofValue(String name, String found, String needed) {
    String rest = ": '" + brief(found) + "'" + NEEDED + needed + REMEDY + "change it";
    return new InputException(name, rest, true, false);
  }

  /**
   * Makes several checks, and tells of all that fail at once.
   *
   * @throws InputException where one fails, or several do
   */
  public static void all(Runnable... checks) {
    List<InputException> refusals = new ArrayList<>();
    for (Runnable check : checks) {
      try {
        check.run();
      } catch (InputException e) {
        refusals.add(e);
      }
    }
    if (!refusals.isEmpty()) {
      List<String> others = refusals.stream().skip(1).map(e -> "\nand " + e.getMessage()).toList();
      InputException first = refusals.get(0);
      throw others.isEmpty()
          ? first
          : new InputException(first.where(), first.rest + String.join("", others), false, false);
    }
  }

  /** What stood there. */
  public String found() {
    return rest.substring(2, rest.indexOf(NEEDED));
  }

  /** What would be accepted. */
  public String needed() {
    return rest.substring(rest.indexOf(NEEDED) + NEEDED.length(), rest.indexOf(REMEDY));
  }

  /** What to do next; where several checks failed, all that is told after the first. */
  public String remedy() {
    return rest.substring(rest.indexOf(REMEDY) + REMEDY.length());
  }

  /** The file with its line, the field, flag or folder. */
  public String where() {
    return getMessage().substring(0, getMessage().length() - rest.length());
  }

  /** The same, keeping the exception that revealed it; shown with {@code --debug}. */
  public InputException(String where, String found, String needed, String remedy, Throwable cause) {
    this(where, found, needed, remedy);
    initCause(cause);
  }

  /** The same of another place: of the setting, say, that a formula got its numbers from. */
  public InputException at(String where) {
    InputException moved = new InputException(brief(where), rest, false, passing);
    moved.initCause(this);
    return moved;
  }

  /** The same with another remedy: of a file that its user did not write, say. */
  public InputException withRemedy(String remedy) {
    String start = rest.substring(0, rest.indexOf(REMEDY));
    InputException told = new InputException(where(), start + REMEDY + remedy, value, passing);
    told.initCause(this);
    return told;
  }

  /** The same of input that may be whole: rights, a disk or Java's memory stood in the way. */
  public InputException inPassing() {
    InputException passes = new InputException(where(), rest, value, true);
    passes.initCause(getCause());
    return passes;
  }

  /** Whether the input may be read another time, though none of its bytes changes. */
  public boolean isPassing() {
    return passing;
  }

  /**
   * This refusal where the input itself is damaged, so that it may be left out.
   *
   * @throws InputException this one, where it {@link #isPassing}: where rights, a disk or memory
   *     stood in the way, the input may be read at the next start, and a set would be another
   */
  public InputException lasting() {
    if (passing) {
      throw this;
    }
    return this;
  }

  /**
   * The same, with another way to change what is refused, where the remedy is to change it there.
   */
  public InputException orChange(String way) {
    int end = rest.indexOf(THERE) + THERE.length();
    boolean whole = end == rest.length() || rest.startsWith("\nand ", end);
    if (!rest.contains(THERE) || !whole) {
      return this;
    }
    String more = rest.substring(0, end) + ", or " + way + rest.substring(end);
    InputException told = new InputException(where(), more, value, passing);
    told.initCause(this);
    return told;
  }

  /** The same as a command tells it: a value that the caller gave is that of a flag. */
  public InputException ofFlags() {
    return value ? at("--" + where()) : this;
  }
}
