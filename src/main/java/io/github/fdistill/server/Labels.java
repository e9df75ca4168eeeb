package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * By which labels a model's versions are asked. A label that is given to another version moves when
 * that is there; until then it names the one before. The model keeps threads apart.
 */
final class Labels {
  private final Map<String, Long> moved = new TreeMap<>();
  private Map<String, Long> given = Map.of();

  /** From now on they are these. */
  void give(Map<String, Long> labels, Set<Long> available) {
    given = labels;
    moved.keySet().retainAll(labels.keySet());
    move(available);
  }

  /** Others are there than before. */
  void move(Set<Long> available) {
    given.forEach(
        (label, version) -> {
          if (available.contains(version)) {
            moved.put(label, version);
          }
        });
  }

  /** Whether a version is asked by a label. */
  boolean name(long version) {
    return moved.containsValue(version);
  }

  /**
   * The version that a label names, which may not be there.
   *
   * @throws ApiException when there is no such label
   */
  long version(String label) {
    Long version = given.get(label);
    if (version == null) {
      throw ApiException.invalid("Unrecognized servable version label: " + label);
    }
    return moved.getOrDefault(label, version);
  }
}
