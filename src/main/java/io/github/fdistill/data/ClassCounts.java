package io.github.fdistill.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many images there are of each class that has any.
 *
 * @param classes how many classes there are, those without images too
 * @param images by label
 */
public record ClassCounts(int classes, TreeMap<Integer, Long> images) {
  private static final int MOST_NAMED = 20;

  /** Asks for every label. */
  public static ClassCounts of(ImageSource source) {
    TreeMap<Integer, Long> images = new TreeMap<>();
    if (source.classes() < 2) {
      images.put(0, source.size());
    } else {
      for (long i = 0; i < source.size(); i++) {
        images.merge(source.label(i), 1L, Long::sum);
      }
    }
    return new ClassCounts(source.classes(), images);
  }

  /** The classes that have images, at most so many. */
  public int[] first(int most) {
    return images.keySet().stream().limit(most).mapToInt(Integer::intValue).toArray();
  }

  /** Which classes have no image, in a line; nothing where all have. */
  Optional<String> gaps() {
    int without = classes - images.size();
    if (classes < 2 || without == 0) {
      return Optional.empty();
    }
    if (without > MOST_NAMED) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%,d of %,d classes have no images; they are neither drawn nor measured",
              without,
              classes));
    }
    List<Integer> labels = missing();
    String named = labels.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return Optional.of(
        without == 1
            ? "class " + named + " has no images; it is neither drawn nor measured"
            : "classes " + named + " have no images; they are neither drawn nor measured");
  }

  private List<Integer> missing() {
    List<Integer> missing = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      if (!images.containsKey(label)) {
        missing.add(label);
      }
    }
    return missing;
  }
}
