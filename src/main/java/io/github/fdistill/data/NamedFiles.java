package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.FileKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Files by their names, in a folder or in an archive, which pictures are read from where they lie.
 * Safe for use by several threads.
 */
interface NamedFiles {
  /** Of one file: no picture that is trained on comes near. */
  int MOST_BYTES = (int) FileKind.PICTURE.mostBytes();

  /** The folder or the archive. */
  Path path();

  /**
   * All files, as {@code cats/a.png}, in no order. Hidden ones are left out, and so is what is in
   * hidden folders; see {@link #isHidden}.
   */
  List<String> names();

  /** All folders that are not hidden, as {@code cats/small}. */
  List<String> folders();

  /**
   * The bytes of a file.
   *
   * @throws InputException if it cannot be read, is damaged, or is longer than {@link #MOST_BYTES}
   */
  byte[] read(String name);

  /**
   * Refuses a file that is too long to be read whole.
   *
   * @throws InputException if it has more than {@link #MOST_BYTES}, or needs more memory than there
   *     is
   */
  static void requireReadable(String where, long bytes) {
    if (bytes > MOST_BYTES) {
      throw new InputException(
          where,
          "more than " + (MOST_BYTES >> 20) + " MiB",
          "pictures of less",
          "take it out, or make it smaller");
    }
    FileKind.PICTURE.requireRoom(where, bytes);
  }

  /** What the name of a file that belongs to a picture may begin with: without its ending. */
  default String key(String picture) {
    return picture.substring(0, picture.lastIndexOf('.'));
  }

  /** What two pictures of one {@link #key} have in common, in words. */
  default String sharedKey() {
    return "the name of another but for the ending";
  }

  /** The first bytes of a file, fewer where it is shorter. */
  byte[] start(String name, int bytes);

  /** What is left out, by its name: links to what is not there, pipes and devices. */
  default List<String> strayLinks() {
    return List.of();
  }

  /** What is to be known of these files, a line each. */
  default List<String> notes() {
    return List.of();
  }

  /** What a file is called in messages. */
  default String where(String name) {
    return path() + ": " + name;
  }

  /**
   * What tells these files from all others: changes when one of them does.
   *
   * @param others files of these that count as if their {@link #line} were another, by name
   */
  String fingerprint(List<String> names, Map<String, String> others);

  /**
   * What a file of these adds to their fingerprint; of files in an archive what that adds, the same
   * for all in it.
   */
  String line(List<String> names, String name);

  /** Whether these files are few and short enough to be read for a look at them. */
  boolean isSmall(List<String> names);

  /** What changes when one of the files does, found in a moment: sizes and times. */
  String stamp(List<String> names);

  /**
   * Whether a file or folder is one that a system adds: .name; macOS's __MACOSX and the Icon of a
   * folder, whose name ends in a carriage return; Thumbs.db, desktop.ini; @eaDir, where a Synology
   * keeps small copies of pictures; lost+found, which every disk of ext4 has.
   */
  static boolean isHidden(String name) {
    return name.startsWith(".")
        || name.equals("__MACOSX")
        || name.equals("Icon\r")
        || name.equals("@eaDir")
        || name.equals("lost+found")
        || name.equalsIgnoreCase("Thumbs.db")
        || name.equalsIgnoreCase("desktop.ini");
  }

  /** The folder that a file lies in, with a / at its end; "" for the outermost. */
  static String folder(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  /** Whether a name or a folder in front of it is hidden. */
  static boolean isHiddenPath(String name) {
    for (String part : name.split("/")) {
      if (isHidden(part)) {
        return true;
      }
    }
    return false;
  }
}
