package io.github.fdistill.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What was meant by a word that is none. */
public final class Spelling {
  /** No name has so many letters; the time to compare grows with them. */
  private static final int MOST_LETTERS = 100;

  private Spelling() {}

  /** Whether a word is too long for a slip in a name. */
  static boolean isLong(String typed) {
    return typed.length() > MOST_LETTERS;
  }

  /** The nearest of some words, where one is near: a letter in three may be wrong. */
  public static Optional<String> nearest(String typed, Collection<String> words) {
    if (isLong(typed)) {
      return Optional.empty();
    }
    int most = Math.max(1, typed.length() / 3);
    return words.stream()
        .filter(word -> edits(typed, word) <= most + swapped(typed, word))
        .min(Comparator.comparingInt(word -> edits(typed, word)));
  }

  /** Two letters in each other's place are one slip, and two edits. */
  private static int swapped(String a, String b) {
    char[] first = a.toCharArray();
    char[] second = b.toCharArray();
    java.util.Arrays.sort(first);
    java.util.Arrays.sort(second);
    return java.util.Arrays.equals(first, second) ? 1 : 0;
  }

  /** Levenshtein's distance: letters inserted, deleted or replaced. */
  static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
