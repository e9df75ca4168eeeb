package io.github.fdistill.pickle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A dictionary of a pickle, in its order: texts, numbers and others to values. It may hold itself:
 * two are equal only where they are one, and nothing here looks into what it holds.
 */
public final class PickleDict {
  private final Map<Object, Object> entries = new LinkedHashMap<>();

  PickleDict() {}

  void put(Object key, Object value) {
    entries.put(key, value);
  }

  /** The value of a key; null where there is none, or it is None. */
  public Object get(String key) {
    return entries.get(key);
  }

  public boolean has(String key) {
    return entries.containsKey(key);
  }

  public int size() {
    return entries.size();
  }

  /** The entries whose keys are texts. */
  public Map<String, Object> named() {
    Map<String, Object> named = new LinkedHashMap<>();
    entries.forEach(
        (key, value) -> {
          if (key instanceof String text) {
            named.put(text, value);
          }
        });
    return Collections.unmodifiableMap(named);
  }

  @Override
  public String toString() {
    return "a dictionary of " + entries.size();
  }
}
