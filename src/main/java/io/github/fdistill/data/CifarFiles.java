package io.github.fdistill.data;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the files of a kind of CIFAR are called, in whatever folder they lie.
 *
 * @param train the batches for training
 * @param test that for tests
 * @param names the file with the names of the classes
 */
record CifarFiles(Pattern train, Pattern test, Pattern names) {
  CifarFiles(String train, String test, String names) {
    this(Pattern.compile(train), Pattern.compile(test), Pattern.compile(names));
  }

  /**
   * Whether files are of this kind: batches in one folder. A copy beside them would give every
   * image twice.
   */
  boolean areIn(NamedFiles files) {
    return folders(files).size() == 1;
  }

  /** The batches of a part, in their order. */
  List<String> of(NamedFiles files, Split split) {
    return called(files, split == Split.TRAIN ? train : test);
  }

  /** The names of the classes, where they lie beside batches. */
  Optional<String> names(NamedFiles files) {
    Set<String> folders = folders(files);
    return called(files, names).stream()
        .filter(n -> folders.contains(NamedFiles.folder(n)))
        .findFirst();
  }

  private Set<String> folders(NamedFiles files) {
    Set<String> folders = new HashSet<>();
    for (Split split : Split.values()) {
      of(files, split).forEach(name -> folders.add(NamedFiles.folder(name)));
    }
    return folders;
  }

  private static List<String> called(NamedFiles files, Pattern pattern) {
    return files.names().stream()
        .filter(name -> pattern.matcher(name.substring(NamedFiles.folder(name).length())).matches())
        .sorted()
        .toList();
  }

  /** A file of a part, such as {@code data_batch_1.bin}. */
  String first(Split split) {
    String pattern = (split == Split.TRAIN ? train : test).pattern();
    return pattern.replace("\\d", "1").replace("\\", "");
  }
}
