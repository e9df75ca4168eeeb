package io.github.fdistill.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A list, tuple or set of a pickle. It may hold itself: two are equal only where they are one, and
 * nothing here looks into what it holds.
 */
public final class PickleList {
  private final List<Object> items;

  PickleList(List<Object> items) {
    this.items = new ArrayList<>(items);
  }

  void add(List<Object> more) {
    items.addAll(more);
  }

  /** What it holds, in order. */
  public List<Object> items() {
    return Collections.unmodifiableList(items);
  }

  @Override
  public String toString() {
    return "a list of " + items.size();
  }
}
