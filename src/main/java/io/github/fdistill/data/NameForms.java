package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Names of files where others tell of them. Unicode has letters with accents in two forms that read
 * alike, of one code point (NFC) or of two (NFD, as macOS writes them): names that differ in that
 * alone are the same.
 */
final class NameForms {
  private NameForms() {}

  /** A file's name as files are called here, however it is told: {@code .\a\b.png} too. */
  static String plainly(String told) {
    return told.replace('\\', '/').replaceAll("(?<=^|/)(\\.?/)+", "");
  }

  /**
   * Finds names that are there in another form alone.
   *
   * @param where the names come from, for the error
   * @param wanted names
   * @param there names; each is one of those wanted at most
   * @return from those wanted that are not there as they are written, and are in another form, to
   *     how they are written there
   * @throws InputException if two of them are the same
   */
  static Map<String, String> found(
      String where, Collection<String> wanted, Collection<String> there) {
    Set<String> exact = new HashSet<>(there);
    List<String> missing = wanted.stream().filter(name -> !exact.contains(name)).toList();
    if (missing.isEmpty()) {
      return Map.of();
    }
    exact.removeAll(new HashSet<>(wanted));
    if (exact.isEmpty()) {
      return Map.of(); // As of most pictures, which have no texts beside them.
    }
    Map<String, String> byForm = new HashMap<>();
    Set<String> forms = new HashSet<>(missing.stream().map(NameForms::composed).toList());
    for (String name : exact) {
      if (forms.contains(composed(name))) {
        String other = byForm.put(composed(name), name);
        requireNone(where, name, other);
      }
    }
    return from(where, missing, byForm);
  }

  private static Map<String, String> from(
      String where, List<String> missing, Map<String, String> byForm) {
    Map<String, String> found = new HashMap<>();
    Map<String, String> taken = new HashMap<>();
    for (String name : missing) {
      String one = byForm.get(composed(name));
      if (one != null) {
        found.put(name, one);
        String before = taken.put(one, name);
        requireNone(where, name, name.equals(before) ? null : before);
      }
    }
    return found;
  }

  /** The names of which another, before it, is the same in another form. */
  static List<String> alike(Collection<String> names) {
    Set<String> forms = new HashSet<>();
    List<String> alike = new ArrayList<>();
    for (String name : names) {
      if (!forms.add(composed(name))) {
        alike.add(name);
      }
    }
    return alike;
  }

  private static void requireNone(String where, String name, String other) {
    if (other != null) {
      throw new InputException(
          where,
          "two names that read alike, "
              + plain(name)
              + " and "
              + plain(other)
              + ": the same letters in two of Unicode's forms",
          "one of them",
          "give one file another name, where it lies and where it is told of");
    }
  }

  /** What NFC is of it; most names are that. */
  private static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  /** With the code points of all that is not of ASCII, which tell two forms apart. */
  private static String plain(String name) {
    StringBuilder plain = new StringBuilder();
    for (char c : name.toCharArray()) {
      plain.append(c < 0x80 ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return plain.toString();
  }
}
