package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.network.NetworkChecks;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.PickleList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Settings of a model as its file has them, by name. One that is absent takes the default that the
 * caller knows; null is something else than absent.
 *
 * @param where they stand, for messages
 * @param remedy where they are not as they have to be
 */
record Settings(String where, Map<String, Object> values, String remedy) {
  /** How a model comes in that is not built here. */
  static final String ROAD =
      "export the network to ONNX, and say in a mapping how it is called: --mapping"
          + " (docs/import.md); a SavedModel is taken too (docs/models.md)";

  /** What the {@link #ROAD} leads to, of a network that reads texts. */
  static final String NO_PROMPTS =
      "; such a model takes what encoders make of texts as a condition (by_row), and no prompts";

  /** Of a text encoder or an autoencoder, which no mapping describes. */
  static final String PART =
      "take another such part, or the network alone, which is a model by itself (docs/import.md)";

  /** More than any model has. */
  private static final long MOST = 1 << 16;

  Settings(String where, Map<String, Object> values) {
    this(where, values, "networks with other values are not read as they are; " + ROAD);
  }

  /** The words of a text, as names of settings. */
  static Set<String> names(String words) {
    return Set.of(words.strip().split("\\s+"));
  }

  static Settings of(String where, PickleDict dict) {
    return new Settings(where, dict.named());
  }

  /** The same of a network that reads texts, or of what stands beside one. */
  Settings ofTexts() {
    return new Settings(where, values, remedy + NO_PROMPTS);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** Whether it stands there as null. */
  boolean isNull(String name) {
    return has(name) && values.get(name) == null;
  }

  /** Whether it is there and not null. */
  boolean isGiven(String name) {
    return values.get(name) != null;
  }

  /** A whole number from 0 to as many as any model has. */
  int whole(String name, int otherwise) {
    return has(name) ? whole(name, values.get(name)) : otherwise;
  }

  private int whole(String name, Object value) {
    if (value instanceof Long number && number >= 0 && number <= MOST) {
      return number.intValue();
    }
    throw wrong(name, value, "a whole number from 0 to " + MOST);
  }

  /** A number of layers, of which there may be as many as in any network. */
  int layers(String name, int value) {
    if (value > NetworkChecks.MOST_LAYERS) {
      throw wrong(name, value, "at most " + NetworkChecks.MOST_LAYERS);
    }
    return value;
  }

  /** A finite number. */
  double number(String name, double otherwise) {
    Object value = has(name) ? values.get(name) : Double.valueOf(otherwise);
    boolean number = value instanceof Long || value instanceof Double;
    if (number && Double.isFinite(((Number) value).doubleValue())) {
      return ((Number) value).doubleValue();
    }
    throw wrong(name, value, "a finite number");
  }

  boolean flag(String name, boolean otherwise) {
    Object value = has(name) ? values.get(name) : Boolean.valueOf(otherwise);
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrong(name, value, "true or false");
  }

  String text(String name, String otherwise) {
    Object value = has(name) ? values.get(name) : otherwise;
    if (value instanceof String text) {
      return text;
    }
    throw wrong(name, value, "a text");
  }

  /** Whole numbers. */
  List<Integer> wholes(String name, List<Integer> otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    List<Integer> wholes = new ArrayList<>();
    list(name).forEach(item -> wholes.add(whole(name, item)));
    return wholes;
  }

  /** Finite numbers. */
  List<Double> numbers(String name) {
    List<Double> numbers = new ArrayList<>();
    for (Object item : list(name)) {
      if (!(item instanceof Number number) || !Double.isFinite(number.doubleValue())) {
        throw wrong(name, item, "finite numbers");
      }
      numbers.add(number.doubleValue());
    }
    return numbers;
  }

  /** Texts. */
  List<String> texts(String name, List<String> otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    List<String> texts = new ArrayList<>();
    for (Object item : list(name)) {
      if (!(item instanceof String text)) {
        throw wrong(name, item, "texts");
      }
      texts.add(text);
    }
    return texts;
  }

  private List<?> list(String name) {
    Object value = values.get(name);
    if (value instanceof List<?> list) {
      return list;
    } else if (value instanceof PickleList list) {
      return list.items();
    }
    throw wrong(name, value, "a list");
  }

  /**
   * Refuses settings that are none of these: a network has to be built with all that it was made
   * with.
   */
  void requireKnown(Set<String> known) {
    Set<String> others = new TreeSet<>(values.keySet());
    others.removeAll(known);
    if (!others.isEmpty()) {
      throw new InputException(
          where,
          "the settings " + others,
          "a network that is made with " + new TreeSet<>(known),
          remedy);
    }
  }

  /** Settings that are none of these, nor the library's own, which begin with a _, in words. */
  Optional<String> unknown(Set<String> known) {
    Set<String> others = new TreeSet<>(values.keySet());
    others.removeAll(known);
    others.removeIf(name -> name.startsWith("_"));
    return Optional.of("settings that are not known, and not used: " + String.join(", ", others))
        .filter(words -> !others.isEmpty());
  }

  /** Refuses a setting that has another value than the only one that is built. */
  void requireOnly(String name, Object only) {
    if (has(name) && !Objects.equals(values.get(name), only)) {
      throw wrong(name, values.get(name), String.valueOf(only) + ", which is all that is built");
    }
  }

  InputException wrong(String name, Object value, String needed) {
    return new InputException(where + ", " + name, String.valueOf(value), needed, remedy);
  }
}
