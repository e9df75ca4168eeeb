package io.github.fdistill.data;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where in a folder or an archive the pictures of one part begin. Many sets have a folder for
 * training and one for tests, and many archives one folder around everything.
 */
final class PictureParts {
  private static final Map<Split, List<String>> FOLDERS =
      Map.of(
          Split.TRAIN, List.of("train", "training"),
          Split.TEST, List.of("test", "testing", "val", "valid", "validation", "dev"));

  private PictureParts() {}

  /**
   * The folder that the part's pictures or classes are in, with a / at its end; "" where that is
   * the outermost.
   *
   * @param pictures in order
   */
  static String top(NamedFiles files, List<String> pictures, Split split) {
    String top = "";
    while (true) {
      Map<String, Boolean> folders = folders(pictures, top);
      Optional<String> part = part(folders, split);
      boolean wraps =
          folders.size() == 1
              && folders.containsValue(true)
              && DatasetJson.in(files, top).isEmpty();
      if (part.isEmpty() && !wraps) {
        return top;
      }
      top += part.orElseGet(() -> folders.keySet().iterator().next()) + "/";
    }
  }

  /** Whether there are pictures for tests beside those for training. */
  static boolean has(NamedFiles files) {
    List<String> pictures = files.names().stream().filter(PictureNames::isOne).sorted().toList();
    return !top(files, pictures, Split.TRAIN).equals(top(files, pictures, Split.TEST));
  }

  /** Whether files lie in a folder for each part, and nowhere else. */
  static boolean areIn(List<String> files) {
    return part(folders(files, ""), Split.TRAIN).isPresent();
  }

  /**
   * The folders with pictures in one, and whether pictures lie in folders of it alone; nothing
   * where pictures lie beside them.
   */
  private static Map<String, Boolean> folders(List<String> pictures, String top) {
    Map<String, Boolean> folders = new TreeMap<>();
    for (String name : pictures) {
      if (name.startsWith(top)) {
        int end = name.indexOf('/', top.length());
        if (end < 0) {
          return Map.of();
        }
        boolean deeper = name.indexOf('/', end + 1) >= 0;
        folders.merge(name.substring(top.length(), end), deeper, Boolean::logicalAnd);
      }
    }
    return folders;
  }

  /** The folder of a part, where all folders are of parts and both parts are there. */
  private static Optional<String> part(Map<String, Boolean> folders, Split split) {
    boolean all = folders.keySet().stream().allMatch(name -> find(name).isPresent());
    boolean both =
        List.of(Split.values()).stream().allMatch(each -> folder(folders, each).isPresent());
    return all && both ? folder(folders, split) : Optional.empty();
  }

  private static Optional<String> folder(Map<String, Boolean> folders, Split split) {
    return FOLDERS.get(split).stream()
        .flatMap(word -> folders.keySet().stream().filter(name -> name.equalsIgnoreCase(word)))
        .findFirst();
  }

  private static Optional<Split> find(String name) {
    return FOLDERS.keySet().stream()
        .filter(split -> FOLDERS.get(split).contains(name.toLowerCase(Locale.ROOT)))
        .findFirst();
  }
}
