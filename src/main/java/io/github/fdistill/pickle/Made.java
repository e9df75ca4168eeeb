package io.github.fdistill.pickle;

import java.util.List;

/**
 * What a pickle says is made by a call: of whom, with which argument, and the state that it gets.
 * Nothing was called. Of its arguments, which many calls may share, the first alone is kept, and
 * how many there are.
 */
public final class Made {
  private final Name by;
  private final Object first;
  private final int count;
  private Object state;

  Made(Name by, List<Object> arguments) {
    this.by = by;
    this.first = arguments.isEmpty() ? null : arguments.get(0);
    this.count = arguments.size();
  }

  /** Whom it is made by. */
  public Name by() {
    return by;
  }

  /** Its first argument; null where that is None, or there is none. */
  Object first() {
    return first;
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
    return count == 1 && first instanceof PickleDict dict ? dict : new PickleDict();
  }

  @Override
  public String toString() {
    return "an object of " + className();
  }
}
