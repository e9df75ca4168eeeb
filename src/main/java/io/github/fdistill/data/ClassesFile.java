package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Utf8;
import io.github.fdistill.files.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * What classes are called, in a file of its own: a name a line, in the order of the labels. A
 * folder of IDX files has it as {@code classes.txt}, an array NAME.npy as {@code NAME.classes.txt},
 * and a features network as {@code assets.extra/classes.txt}. It is no part of any fingerprint:
 * images and labels are the same under other names.
 */
public final class ClassesFile {
  /** Its name in a folder. */
  public static final String NAME = "classes.txt";

  private static final int MOST_LETTERS = 256;

  private ClassesFile() {}

  /**
   * Names from anywhere, as such a file can hold them.
   *
   * @param where they are from
   * @throws InputException if one is blank, or several lines, or longer than anybody reads
   */
  static List<String> checked(String where, List<String> names) {
    for (int label = 0; label < names.size(); label++) {
      String name = names.get(label);
      boolean lines = name.lines().count() > 1 || name.endsWith("\n") || name.endsWith("\r");
      if (name.isBlank() || lines || name.length() > MOST_LETTERS) {
        String found = name.length() > MOST_LETTERS ? name.substring(0, MOST_LETTERS) : name;
        throw new InputException(
            where,
            "a class called '" + found + "'" + (name.length() > MOST_LETTERS ? " ..." : ""),
            "names of classes on one line, of 1 to " + MOST_LETTERS + " letters",
            "give the class another name where it has this one");
      }
    }
    return names;
  }

  /** Where the names of the classes of an array are, if they have any. */
  static Path beside(Path npy) {
    String name = npy.getFileName().toString();
    return npy.resolveSibling(name.replaceFirst("(?i)(\\.npy)?$", "." + NAME));
  }

  /**
   * Reads the names.
   *
   * @return none where there is no such file
   * @throws InputException if it cannot be read, or a line is empty
   */
  public static List<String> read(Path file) {
    if (!RegularFile.isThere(file)) {
      return List.of();
    }
    try {
      List<String> names =
          RegularFile.text(file, FileKind.CLASSES).lines().map(String::strip).toList();
      if (names.stream().anyMatch(String::isEmpty)) {
        throw refused(file, "line " + (names.indexOf("") + 1) + " is empty", null);
      }
      return checked(file.toString(), names);
    } catch (Utf8.Not e) {
      throw refused(file, e.why(), e);
    } catch (IOException e) {
      throw refused(file, "cannot be read: " + DiskRefusal.reason(e), e);
    }
  }

  /**
   * The same of so many classes.
   *
   * @throws InputException if there are fewer names than classes
   */
  static List<String> read(Path file, int classes) {
    List<String> names = read(file);
    if (!names.isEmpty() && names.size() < classes) {
      throw refused(file, names.size() + " names, of " + classes + " classes", null);
    }
    return names;
  }

  private static InputException refused(Path file, String found, IOException cause) {
    return new InputException(
        file.toString(),
        found,
        "the name of each class on a line of its own, in UTF-8, in the order of the labels",
        "correct the file, or remove it: classes then have numbers",
        cause);
  }

  /** Writes the names, whole or not at all. */
  public static void write(Path file, List<String> names) {
    WholeFile.write(file, of(names));
  }

  /** What the file of these names holds. */
  static AtomicFile.Content of(List<String> names) {
    byte[] lines = (String.join("\n", names) + "\n").getBytes(StandardCharsets.UTF_8);
    return out -> out.write(lines);
  }
}
