package io.github.fdistill.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a folder holds, in an error's words. */
final class Listing {
  private static final int MOST = 20;

  private Listing() {}

  /** The names of those entries in order, up to twenty, with a / after a folder's. */
  static String of(Path folder, Predicate<Path> which) {
    List<Path> entries;
    try (Stream<Path> found = Files.list(folder)) {
      entries = found.filter(which).sorted().toList();
    } catch (IOException e) {
      return "(it cannot be read: " + e + ")";
    }
    String names =
        entries.stream().limit(MOST).map(Listing::name).collect(Collectors.joining(", "));
    if (entries.size() > MOST) {
      return names + " and " + (entries.size() - MOST) + " more";
    }
    return names.isEmpty() ? "(nothing)" : names;
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
