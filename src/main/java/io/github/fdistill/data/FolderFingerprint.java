package io.github.fdistill.data;

import io.github.fdistill.files.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What tells the files of a folder from all others. Where it takes no more than seconds, their
 * contents: the SHA-256 of what {@code sha256sum} prints for them. Of more than ten thousand files,
 * or a gibibyte, their sizes, times and names: the SHA-256 of what {@code stat -L -c '%s %Y %n'}
 * prints. A copy that does not keep the times is then another; a file that was changed and has kept
 * both size and time is not seen to be.
 */
final class FolderFingerprint {
  static final int MOST_FILES = 10_000;
  private static final long MOST_BYTES = 1L << 30;

  private FolderFingerprint() {}

  /**
   * The fingerprint, as it would be if some files were others.
   *
   * @param names of the files, from the folder, in their order
   * @param others by name, the {@link #line} of each of these
   */
  static String of(Path folder, List<String> names, Map<String, String> others) {
    return isRead(folder, names)
        ? ofContents(folder, names, others)
        : ofStamps(folder, names, others);
  }

  /** What one of the files adds to the fingerprint of all. */
  static String line(Path folder, List<String> names, String name) {
    return isRead(folder, names) ? contents(folder, name) : stamp(folder, name);
  }

  /** Whether their contents are read for the fingerprint. */
  static boolean isRead(Path folder, List<String> names) {
    return names.size() <= MOST_FILES
        && names.stream().mapToLong(name -> FileStamp.of(folder.resolve(name)).size()).sum()
            <= MOST_BYTES;
  }

  static String ofContents(Path folder, List<String> names, Map<String, String> others) {
    return of(names, others, name -> contents(folder, name));
  }

  static String ofStamps(Path folder, List<String> names, Map<String, String> others) {
    return of(names, others, name -> stamp(folder, name));
  }

  /** Of sizes and times, as exact as the disk keeps these. */
  static String ofExactStamps(Path folder, List<String> names) {
    return of(names, Map.of(), name -> FileStamp.of(folder.resolve(name)).exact() + " " + name);
  }

  private static String of(
      List<String> names, Map<String, String> others, UnaryOperator<String> line) {
    MessageDigest digest = Sha256.digest();
    for (String name : names) {
      add(digest, others.containsKey(name) ? others.get(name) : line.apply(name));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String contents(Path folder, String name) {
    return Checksums.sha256(folder.resolve(name)) + "  " + name;
  }

  private static String stamp(Path folder, String name) {
    return FileStamp.of(folder.resolve(name)) + " " + name;
  }

  private static void add(MessageDigest digest, String line) {
    digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
