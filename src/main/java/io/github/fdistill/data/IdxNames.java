package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the files of an IDX dataset are called: {@code train-images-idx3-ubyte} as MNIST has it,
 * {@code train-images.idx3-ubyte}, {@code emnist-letters-train-images-idx3-ubyte.gz} and so on;
 * some archives unpack each into a folder of its own name.
 */
final class IdxNames {
  private static final Pattern NAME =
      Pattern.compile(
          "(?i)(?:(.+)[-_.])?(train|t10k|test)[-_.](images|imgs|labels)"
              + "[-_.](?:idx[1-4]?[-_.]?(?:u?byte|int|short)?|ubyte)(?:\\.gz)?");

  /**
   * A file, and what its name says.
   *
   * @param set in front of the part; "" where nothing is
   */
  private record Found(Path file, String set, Split split, boolean labels) {}

  private IdxNames() {}

  /** Whether a folder holds any such file, so that it is meant to be such a dataset. */
  static boolean areIn(Path folder) {
    return !all(folder).isEmpty();
  }

  /**
   * A file of a dataset; of several, a compressed one, and MNIST's name before others.
   *
   * @throws InputException if there are files of several sets
   */
  static Optional<Path> find(Path folder, Split split, boolean labels) {
    List<Found> all = all(folder);
    TreeSet<String> sets = new TreeSet<>(all.stream().map(Found::set).toList());
    if (sets.size() > 1) {
      throw new InputException(
          folder.toString(),
          "several sets: " + String.join(", ", sets.stream().filter(s -> !s.isEmpty()).toList()),
          "the files of one",
          "move the files of one into a folder of its own, and name that");
    }
    return all.stream()
        .filter(found -> found.split == split && found.labels == labels)
        .min(
            Comparator.comparing((Found found) -> !IdxFile.isZipped(found.file))
                .thenComparing(found -> !found.file.toString().contains("-idx"))
                .thenComparing(Found::file))
        .map(Found::file);
  }

  private static List<Found> all(Path folder) {
    List<Found> all = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        Matcher name = NAME.matcher(entry.getFileName().toString());
        if (name.matches()) {
          Path inside = entry.resolve(entry.getFileName());
          add(all, Files.isDirectory(entry) ? inside : entry, name);
        }
      }
    } catch (IOException e) {
      throw new InputException(
          folder.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "a readable folder",
          "mend its permissions",
          e);
    }
    return all;
  }

  private static void add(List<Found> all, Path file, Matcher name) {
    if (RegularFile.isThere(file)) {
      String set = name.group(1) == null ? "" : name.group(1);
      boolean train = name.group(2).equalsIgnoreCase("train");
      boolean labels = name.group(3).toLowerCase(Locale.ROOT).equals("labels");
      all.add(new Found(file, set, train ? Split.TRAIN : Split.TEST, labels));
    }
  }
}
