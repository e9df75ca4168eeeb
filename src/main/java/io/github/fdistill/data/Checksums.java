package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a list of checksums says, such as a folder's SHA256SUMS, in the format of the command
 * sha256sum.
 *
 * @param list the file
 * @param sums from a file's name to its SHA-256 in lower-case hex
 */
record Checksums(Path list, Map<String, String> sums) {
  private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64}) [ *](.+)");

  /**
   * @return nothing if the folder has no such file
   * @throws InputException if a line in it is not of that format
   */
  static Optional<Checksums> in(Path folder) {
    Path list = folder.resolve("SHA256SUMS");
    return RegularFile.isThere(list) ? Optional.of(read(list)) : Optional.empty();
  }

  /** Where a file's SHA-256 stands, if it is known: NAME.sha256, as sha256sum prints it. */
  static Path beside(Path file) {
    return file.resolveSibling(file.getFileName() + ".sha256");
  }

  /**
   * A file's SHA-256 as it stands in the file beside it, if that was not changed before the file.
   *
   * @throws InputException if a line there is not of the format of sha256sum
   */
  static Optional<String> known(Path file) {
    Path beside = beside(file);
    if (!RegularFile.isThere(beside) || !FileStamp.of(beside).isAsNewAs(FileStamp.of(file))) {
      return Optional.empty();
    }
    return Optional.ofNullable(read(beside).sumOf(file.getFileName().toString()));
  }

  /** What sha256sum prints for a file. */
  static String line(Path file, String sha256) {
    return sha256 + "  " + file.getFileName() + "\n";
  }

  private static Checksums read(Path list) {
    Map<String, String> sums = new HashMap<>();
    try {
      FileKind.CHECKSUMS.requireRoom(list.toString(), Files.size(list));
      RegularFile.linesAsFarAsRead(
          list, FileKind.CHECKSUMS, (number, line) -> add(sums, list, number, line));
    } catch (IOException e) {
      throw unreadable(list, e);
    }
    return new Checksums(list, sums);
  }

  private static void add(Map<String, String> sums, Path list, long number, String line) {
    Matcher matcher = LINE.matcher(line);
    if (matcher.matches()) {
      sums.put(matcher.group(2), matcher.group(1).toLowerCase(Locale.ROOT));
    } else if (!line.isBlank()) {
      throw new InputException(
          list + ":" + number,
          "not a checksum: " + line,
          "64 hex digits, two blanks and a file name",
          "write the file again with sha256sum, or delete it");
    }
  }

  /** Of a name; null where it has none. */
  private String sumOf(String name) {
    String sum = sums.get(name);
    return sum != null
        ? sum
        : NameForms.found(list.toString(), List.of(name), sums.keySet()).values().stream()
            .map(sums::get)
            .findFirst()
            .orElse(null);
  }

  /**
   * @param found the SHA-256 of the file's bytes
   * @throws InputException if the list has no or another SHA-256 for the file
   */
  void check(Path file, String found) {
    String needed = sumOf(file.getFileName().toString());
    if (needed == null) {
      throw new InputException(
          list.toString(),
          "no line for " + file.getFileName(),
          "a SHA-256 of every file read",
          "add the line that `sha256sum " + file.getFileName() + "` prints there");
    }
    if (!found.equals(needed)) {
      throw new InputException(
          file.toString(),
          "its SHA-256 is " + found,
          needed + " (" + list.getFileName() + ")",
          "copy the file again, or delete SHA256SUMS if the change is meant");
    }
  }

  /** SHA-256 of a file's bytes, in lower-case hex. */
  static String sha256(Path file) {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static InputException unreadable(Path file, IOException e) {
    return DiskRefusal.unreadable(file, e);
  }
}
