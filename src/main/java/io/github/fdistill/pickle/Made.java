package io.github.fdistill.pickle;

import java.util.List;

/**
 * What a pickle says is made by a call: of whom, with which arguments, and the state that it gets.
 * Nothing was called.
 */
public final class Made {
  private final Name by;
  private final List<Object> arguments;
  private Object state;

  Made(Name by, List<Object> arguments) {
    this.by = by;
    this.arguments = List.copyOf(arguments.stream().map(Made::orNone).toList());
  }

  private static Object orNone(Object value) {
    return value == null ? Name.NONE : value;
  }

  /** Whom it is made by. */
  public Name by() {
    return by;
  }

  List<Object> arguments() {
    return arguments;
  }

  /** What it was given, of whatever kind; null where there was nothing. */
  Object given() {
    return state;
  }

  void state(Object given) {
    state = given;
  }

  /**
   * The class of an object that was saved with the source of its class, as EDM's networks are; else
   * the name by which it was made.
   */
  public String className() {
    return by.equals(KnownNames.PERSISTENT) && meta().get("class_name") instanceof String text
        ? text
        : by.toString();
  }

  /** Its state: its attributes by name; empty where it has none. */
  public PickleDict state() {
    Object found = by.equals(KnownNames.PERSISTENT) ? meta().get("state") : state;
    return found instanceof PickleDict dict ? dict : new PickleDict();
  }

  private PickleDict meta() {
    boolean dict = arguments.size() == 1 && arguments.get(0) instanceof PickleDict;
    return dict ? (PickleDict) arguments.get(0) : new PickleDict();
  }

  @Override
  public String toString() {
    return "an object of " + className();
  }
}
