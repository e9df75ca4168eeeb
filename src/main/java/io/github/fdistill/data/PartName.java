package io.github.fdistill.data;

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
      Pattern.compile("[xy]?(train|test|val)(?:ing|id|idation)?(?:[xy]|set|data|images|labels)?");

  private PartName() {}

  /** As the name has it: train, test or val; nothing where it says none, or several. */
  static Optional<String> part(String name) {
    Set<String> parts = new TreeSet<>();
    for (String word : name.split("[^A-Za-z]+|(?<=[a-z])(?=[A-Z])")) {
      Matcher part = WORD.matcher(word.toLowerCase(Locale.ROOT));
      if (part.matches()) {
        parts.add(part.group(1));
      }
    }
    return parts.size() == 1 ? Optional.of(parts.iterator().next()) : Optional.empty();
  }

  /** The same; what validates is for tests. */
  static Optional<Split> split(String name) {
    return part(name).map(part -> part.equals("train") ? Split.TRAIN : Split.TEST);
  }
}
