package io.github.fdistill.condition;

import io.github.fdistill.Shown;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What classes are called. Names are compared by their letters and digits alone, so that "Ankle
 * boot", "ankle-boot" and "ankle_boot" are one; of a name with several words for one thing, such as
 * "T-shirt/top" or "tench, Tinca tinca", each word is enough.
 *
 * @param names in the order of the labels; empty where the classes have none
 */
public record ClassNames(List<String> names) {
  /** Of classes that have no names. */
  public static final ClassNames NONE = new ClassNames(List.of());

  private static final int MOST_SHOWN = 20;

  /** Keeps a copy. */
  public ClassNames {
    names = List.copyOf(names);
  }

  /** Whether the classes have no names. */
  public boolean isEmpty() {
    return names.isEmpty();
  }

  /** Whether the names are nothing but labels: 0, 1, 2, in whatever order; so too where none is. */
  public boolean areNumbers() {
    return names.stream().allMatch(name -> name.matches("\\d{1,9}"));
  }

  /**
   * These names, beside others that they are compared with. Where there are none, and the others
   * are nothing but numbers, each class is called by its label: the folder "10" is class 10 of
   * images without names, though it comes after "1".
   *
   * @param classes that these are names of
   */
  public ClassNames beside(ClassNames others, int classes) {
    return isEmpty() && !others.isEmpty() && others.areNumbers()
        ? new ClassNames(IntStream.range(0, classes).mapToObj(Integer::toString).toList())
        : this;
  }

  /**
   * Two sides as they are compared, each {@link #beside} the other.
   *
   * @param own names of the one
   * @param others names of the other
   */
  public record Compared(ClassNames own, ClassNames others) {
    /** Whether both have names; else labels are places. */
    public boolean named() {
      return !own.isEmpty() && !others.isEmpty();
    }

    /**
     * Whether the one is no class to the other, though it has a name: that of the one folder in
     * which all images lie, such as {@code photos/all}, which the other does not know.
     */
    public boolean isNoClass() {
      boolean byPlace = others.areNumbers() && !own.areNumbers();
      return own.names.size() == 1 && (!named() || byPlace || labels().isEmpty());
    }

    /** The label that each of the one has among the others: see {@link ClassNames#among}. */
    public Optional<int[]> labels() {
      return own.among(others);
    }
  }

  /**
   * These names and others.
   *
   * @param classes that these are names of
   * @param othersClasses that the others are names of
   */
  public Compared with(int classes, ClassNames others, int othersClasses) {
    return new Compared(beside(others, classes), others.beside(this, othersClasses));
  }

  /** What a class is called; its number where it has no name. */
  public String of(int label) {
    return label >= 0 && label < names.size() ? names.get(label) : Integer.toString(label);
  }

  /** The same in small letters, digits and hyphens, as file names have it: "ankle-boot". */
  public String word(int label) {
    String word = of(label).toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", "-").strip();
    String trimmed = word.replaceAll("^-+|-+$", "");
    return trimmed.isEmpty() ? Integer.toString(label) : trimmed;
  }

  /** The label of a name to the letter; nothing where none is called so, or several are. */
  public OptionalInt exactly(String text) {
    return only(called(text::equals));
  }

  /**
   * The label of a name that somebody types, to the letter or else by its letters and digits;
   * nothing where none is called so, or several are.
   */
  public OptionalInt find(String text) {
    return only(all(text));
  }

  /** The labels of all names that somebody may mean who types this, in order. */
  public int[] all(String text) {
    String typed = key(text);
    List<Predicate<String>> ways =
        List.of(text::equals, name -> key(name).equals(typed), name -> isOneOf(typed, name));
    return ways.stream()
        .map(this::called)
        .filter(found -> found.length > 0)
        .findFirst()
        .orElse(new int[0]);
  }

  private static OptionalInt only(int[] called) {
    return called.length == 1 ? OptionalInt.of(called[0]) : OptionalInt.empty();
  }

  /** The labels of the names for which something holds, in order. */
  private int[] called(Predicate<String> holds) {
    return IntStream.range(0, names.size()).filter(l -> holds.test(names.get(l))).toArray();
  }

  /**
   * The label that somebody means by a number: where all names are numbers, that of the name.
   *
   * @return nothing where no class is called so, or several are
   */
  public OptionalInt numbered(int number) {
    if (isEmpty() || !areNumbers()) {
      return OptionalInt.of(number);
    }
    return only(called(name -> Integer.parseInt(name) == number));
  }

  /**
   * The label that each of these classes has among others: by name, or by number where the names of
   * one side are nothing but numbers, and none of them is a name of the other.
   *
   * @return nothing where one of these classes is not among the others, or two would be one
   */
  public Optional<int[]> among(ClassNames others) {
    boolean numbers = areNumbers();
    boolean othersNumbers = others.areNumbers();
    boolean byPlace = othersNumbers != numbers && Collections.disjoint(keys(), others.keys());
    int[] labels = new int[names.size()];
    List<Integer> taken = new ArrayList<>();
    for (int label = 0; label < labels.length; label++) {
      OptionalInt found = byPlace ? number(label, others) : meant(label, others);
      if (found.isEmpty() && numbers && othersNumbers) { // "007" is class 7.
        found = others.numbered(Integer.parseInt(names.get(label)));
      }
      if (found.isEmpty() || taken.contains(found.getAsInt())) {
        return Optional.empty();
      }
      labels[label] = found.getAsInt();
      taken.add(labels[label]);
    }
    return Optional.of(labels);
  }

  /** Of classes that are called alike to the letter, as two of ImageNet's, the n-th is the n-th. */
  private OptionalInt meant(int label, ClassNames others) {
    int[] alike = called(names.get(label)::equals);
    int[] othersAlike = others.called(names.get(label)::equals);
    if (alike.length == othersAlike.length) {
      return OptionalInt.of(othersAlike[Arrays.binarySearch(alike, label)]);
    }
    OptionalInt found = others.find(names.get(label));
    if (found.isPresent()) {
      return found;
    }
    List<Integer> near = new ArrayList<>();
    for (int other = 0; other < others.names.size(); other++) {
      if (isOneOf(key(others.names.get(other)), names.get(label))) {
        near.add(other);
      }
    }
    return near.size() == 1 ? OptionalInt.of(near.get(0)) : OptionalInt.empty();
  }

  /** Of two sides of which one has numbers for names: the same number. */
  private OptionalInt number(int label, ClassNames others) {
    if (areNumbers()) {
      int number = Integer.parseInt(names.get(label));
      return number < others.names.size() ? OptionalInt.of(number) : OptionalInt.empty();
    }
    for (int other = 0; other < others.names.size(); other++) {
      if (Integer.parseInt(others.names.get(other)) == label) {
        return OptionalInt.of(other);
      }
    }
    return OptionalInt.empty();
  }

  /** Whether a key is that of one of the words for one thing that a name holds. */
  private static boolean isOneOf(String typed, String name) {
    return words(name).anyMatch(typed::equals);
  }

  /** The keys of the words for one thing that a name holds. */
  private static Stream<String> words(String name) {
    return Stream.of(name.split("[/,]")).map(ClassNames::key).filter(word -> !word.isEmpty());
  }

  /** Those of all names, and of the words in them. */
  private Set<String> keys() {
    Set<String> keys = new HashSet<>();
    for (String name : names) {
      keys.add(key(name));
      words(name).forEach(keys::add);
    }
    return keys;
  }

  /** Letters and digits, small, composed; of a name without any, the name. */
  private static String key(String name) {
    String small = Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    String key = small.replaceAll("[^\\p{L}\\p{N}\\p{M}]", "");
    return key.isEmpty() ? small : key;
  }

  /** Some classes as they are called: "trouser, bag"; at most twenty, and then how many. */
  public String listed(List<Integer> labels) {
    return joined(labels.stream().limit(MOST_SHOWN).map(this::shown).toList(), labels.size());
  }

  /** The same, each after its number: "1 trouser, 8 bag". */
  public String withNumbers(int... labels) {
    return joined(
        Arrays.stream(labels).limit(MOST_SHOWN).mapToObj(l -> l + " " + shown(l)).toList(),
        labels.length);
  }

  private static String joined(List<String> some, int count) {
    return String.join(", ", some) + (count > MOST_SHOWN ? ", ... (" + count + ")" : "");
  }

  /** In a list, whose commas would else be taken for the name's. */
  private String shown(int label) {
    String name = Shown.name(of(label));
    return name.contains(",") ? "'" + name + "'" : name;
  }

  /** Such as "0 T-shirt/top, 1 trouser, 2 pullover"; no more than twenty, and then how many. */
  @Override
  public String toString() {
    return withNumbers(IntStream.range(0, names.size()).toArray());
  }
}
