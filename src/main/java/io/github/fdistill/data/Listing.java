package io.github.fdistill.data;

import io.github.fdistill.files.DiskRefusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a folder holds, in an error's words. */
final class Listing {
  private static final int MOST = 20;
  private static final int FIRST = 10;

  private Listing() {}

  /** The names of those entries in order, up to twenty, with a / after a folder's. */
  static String of(Path folder, Predicate<Path> which) {
    List<Path> entries;
    try (Stream<Path> found = Files.list(folder)) {
      entries = found.filter(which).sorted().toList();
    } catch (IOException e) {
      return "(it cannot be read: " + DiskRefusal.reason(e) + ")";
    }
    return inWords(entries.stream().map(Listing::name).toList());
  }

  /**
   * The same of files of which the names are known.
   *
   * @param folder "" or as {@code cats/small}
   */
  static String of(NamedFiles files, String folder) {
    String top = folder.isEmpty() ? "" : folder + "/";
    TreeSet<String> entries = new TreeSet<>();
    for (List<String> kind : List.of(files.names(), files.folders())) {
      for (String name : kind) {
        if (name.startsWith(top) && name.length() > top.length()) {
          int end = name.indexOf('/', top.length());
          boolean isFolder = end >= 0 || kind == files.folders();
          entries.add(
              name.substring(top.length(), end < 0 ? name.length() : end) + (isFolder ? "/" : ""));
        }
      }
    }
    return inWords(List.copyOf(entries));
  }

  private static String inWords(List<String> entries) {
    String names = entries.stream().limit(MOST).collect(Collectors.joining(", "));
    if (entries.size() > MOST) {
      return names + " and " + (entries.size() - MOST) + " more";
    }
    return names.isEmpty() ? "(nothing)" : names;
  }

  /** The first ten of several, each with what is wrong with it, on one line. */
  static String firstOf(Map<String, String> reasons) {
    return first(
        reasons.entrySet().stream().map(each -> each.getKey() + ": " + each.getValue()).toList(),
        "; ");
  }

  /** The first ten of several on one line, which ends in ... where there are more. */
  static String first(List<String> several, String between) {
    String first = several.stream().limit(FIRST).collect(Collectors.joining(between));
    return first + (several.size() > FIRST ? between + "..." : "");
  }

  /** What is beside something that does not exist, as a choice. */
  static String beside(Path missing) {
    Path parent = missing.toAbsolutePath().normalize().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return "one that exists; there is no " + parent + " either";
    }
    return "one in " + parent + ": " + of(parent, Files::isDirectory);
  }

  private static String name(Path entry) {
    return entry.getFileName() + (Files.isDirectory(entry) ? "/" : "");
  }
}
