package io.github.fdistill.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which part of a set a file or an array is, by the words of its name. */
final class PartName {
  /** A word that says a part, as it stands alone or in {@code xtrain, testimages}. */
  private static final Pattern WORD =
      Pattern.compile(
          "([xy]?)(train|test|val|dev|eval)(?:ing|id|idation|uation)?(?:set|data)?"
              + "(|[xy]|images|labels)");

  private PartName() {}

  /** As the name has it: train, test, val, dev or eval; nothing where it says none, or several. */
  static Optional<String> part(String name) {
    Set<String> parts = new TreeSet<>();
    for (String word : words(name)) {
      Matcher part = WORD.matcher(word);
      if (part.matches()) {
        parts.add(part.group(2));
      }
    }
    return parts.size() == 1 ? Optional.of(parts.iterator().next()) : Optional.empty();
  }

  /** The other words of the name with a blank between, in small letters: y of {@code ytrain_1}. */
  static String rest(String name) {
    List<String> rest = new ArrayList<>();
    for (String word : words(name)) {
      Matcher part = WORD.matcher(word);
      rest.addAll(part.matches() ? List.of(part.group(1), part.group(3)) : List.of(word));
    }
    rest.removeIf(String::isEmpty);
    return String.join(" ", rest);
  }

  private static List<String> words(String name) {
    return Arrays.stream(name.split("[^A-Za-z]+|(?<=[a-z])(?=[A-Z])"))
        .map(word -> word.toLowerCase(Locale.ROOT))
        .toList();
  }

  /** The same as {@link #part}; what validates is for tests. */
  static Optional<Split> split(String name) {
    return part(name).map(part -> part.equals("train") ? Split.TRAIN : Split.TEST);
  }
}
