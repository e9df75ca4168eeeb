package io.github.fdistill.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where in a folder or an archive the pictures of one part begin. Many sets have a folder for
 * training and one for tests, and many archives one folder around everything.
 */
final class PictureParts {
  private PictureParts() {}

  /**
   * A folder that is called as a part is, by a word for it, or by one within what both parts are
   * called by: seg_train and seg_test, trainA and testA.
   *
   * @param around the name without the word
   * @param rank of the word: of several folders for tests the one with the least is meant
   */
  private record Called(String folder, String around, Split split, int rank) {
    /** What is around a word alone. */
    private static final String PLAIN = "/";

    private static final List<String> TRAINING = List.of("train", "training");
    private static final List<String> TESTS =
        List.of("test", "testing", "val", "valid", "validation", "dev", "eval", "evaluation");
    private static final Pattern NAME =
        Pattern.compile(
            "(|.*[^A-Za-z])"
                + "(?i:(training|train|testing|test|validation|valid|val|dev|evaluation|eval))"
                + "(|[^a-z].*)");

    static Optional<Called> of(String folder) {
      Matcher name = NAME.matcher(folder);
      if (!name.matches()) {
        return Optional.empty();
      }
      String word = name.group(2).toLowerCase(Locale.ROOT);
      Split split = TRAINING.contains(word) ? Split.TRAIN : Split.TEST;
      int rank = (split == Split.TRAIN ? TRAINING : TESTS).indexOf(word);
      return Optional.of(new Called(folder, name.group(1) + "/" + name.group(3), split, rank));
    }

    /** By the word alone. */
    boolean plainly() {
      return around.equals(PLAIN);
    }
  }

  /**
   * The folder that the part's pictures or classes are in, with a / at its end; "" where that is
   * the outermost.
   *
   * @param pictures in order
   */
  static String top(NamedFiles files, List<String> pictures, Split split) {
    String top = "";
    while (true) {
      Map<String, Folder> folders = folders(pictures, top);
      Map<Split, String> parts = parts(folders);
      if (parts.isEmpty() && !isAroundAll(files, top, folders)) {
        return top;
      }
      top += parts.getOrDefault(split, folders.keySet().iterator().next()) + "/";
    }
  }

  /** Whether a folder holds but one, which is no class: folders are in it, or what tells of all. */
  private static boolean isAroundAll(NamedFiles files, String top, Map<String, Folder> folders) {
    if (folders.size() != 1 || DatasetJson.readable(files, top).isPresent()) {
      return false;
    }
    String only = top + folders.keySet().iterator().next() + "/";
    return folders.values().iterator().next().deeper()
        || PictureTable.isIn(files, only)
        || DatasetJson.readable(files, only).isPresent();
  }

  /** Whether there are pictures for tests beside those for training. */
  static boolean has(NamedFiles files) {
    List<String> pictures = pictures(files);
    return !top(files, pictures, Split.TRAIN).equals(top(files, pictures, Split.TEST));
  }

  private static List<String> pictures(NamedFiles files) {
    return files.names().stream().filter(PictureNames::isOne).sorted().toList();
  }

  /** Whether files lie in folders, of which each part has one. */
  static boolean areIn(List<String> files) {
    return !parts(folders(files, "")).isEmpty();
  }

  /** The folders that lie beside the parts, and are none of them. */
  static List<String> notes(NamedFiles files) {
    List<String> pictures = pictures(files);
    String train = top(files, pictures, Split.TRAIN);
    List<String> notes = new ArrayList<>();
    for (int end = 0; end < train.length(); end = train.indexOf('/', end) + 1) {
      String top = train.substring(0, end);
      Map<String, Folder> folders = folders(pictures, top);
      Map<Split, String> parts = parts(folders);
      if (!parts.isEmpty()) {
        folders.keySet().removeAll(parts.values());
        List<String> others = new ArrayList<>();
        folders.forEach((name, folder) -> others.add(top + name + "/ with " + folder));
        if (!others.isEmpty()) {
          notes.add(
              ("left out beside the parts " + top + parts.get(Split.TRAIN) + "/ and ")
                  + (top + parts.get(Split.TEST) + "/: " + Listing.first(others, ", ")));
        }
      }
    }
    return notes;
  }

  /** What is to be known of classes that are called as parts are: they may be meant to be such. */
  static Optional<String> note(List<String> classes) {
    List<Called> called = classes.stream().map(Called::of).flatMap(Optional::stream).toList();
    boolean both = called.stream().map(Called::split).distinct().count() > 1;
    if (!both && called.stream().noneMatch(Called::plainly)) {
      return Optional.empty();
    }
    return Optional.of(
        Listing.first(called.stream().map(each -> each.folder + "/").toList(), ", ")
            + (called.size() == 1 ? " is taken as a class" : " are taken as classes")
            + "; a set has parts where one folder train/ and one test/ (or val/) lie in it");
  }

  /**
   * A folder with pictures in it.
   *
   * @param deeper whether all of them lie in folders of it
   */
  private record Folder(int pictures, boolean deeper) {
    Folder and(Folder more) {
      return new Folder(pictures + more.pictures, deeper && more.deeper);
    }

    @Override
    public String toString() {
      return pictures == 1 ? "1 picture" : pictures + " pictures";
    }
  }

  /** The folders with pictures in one; nothing where pictures lie beside them. */
  private static Map<String, Folder> folders(List<String> pictures, String top) {
    Map<String, Folder> folders = new TreeMap<>();
    for (String name : pictures) {
      if (name.startsWith(top)) {
        int end = name.indexOf('/', top.length());
        if (end < 0) {
          return Map.of();
        }
        Folder one = new Folder(1, name.indexOf('/', end + 1) >= 0);
        folders.merge(name.substring(top.length(), end), one, Folder::and);
      }
    }
    return folders;
  }

  /**
   * The folder of each part, where both are there and called alike but for the word that says
   * which: those that are called by the word alone; nothing where there are several other pairs,
   * for it is not clear which is meant. Shards cut a set where they are full: no folder in one is a
   * part.
   */
  private static Map<Split, String> parts(Map<String, Folder> folders) {
    Map<String, Map<Split, String>> alike = new HashMap<>();
    folders.keySet().stream()
        .filter(folder -> !TarShards.isWithin(folder))
        .map(Called::of)
        .flatMap(Optional::stream)
        .sorted(Comparator.comparing(Called::rank))
        .forEach(
            each ->
                alike
                    .computeIfAbsent(each.around, around -> new EnumMap<>(Split.class))
                    .putIfAbsent(each.split, each.folder));
    alike.values().removeIf(pair -> pair.size() < Split.values().length);
    Map<Split, String> only = alike.size() == 1 ? alike.values().iterator().next() : Map.of();
    return alike.getOrDefault(Called.PLAIN, only);
  }
}
