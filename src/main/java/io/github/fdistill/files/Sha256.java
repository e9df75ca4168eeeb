package io.github.fdistill.files;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** SHA-256 of what is on disk, and of texts, as 64 lower-case hex digits. */
public final class Sha256 {
  private static final int BUFFER_BYTES = 1 << 16;

  /** The order of their bytes in UTF-8, which is not quite that of Java's letters of 16 bits. */
  private static final Comparator<String> BYTES =
      Comparator.comparing(
              (String name) -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned)
          .thenComparing(Comparator.naturalOrder());

  private Sha256() {}

  /** The hash that {@code sha256sum FILE} prints. */
  public static String of(Path file) throws IOException {
    Optional<String> apart =
        Files.isRegularFile(file) && HashProcess.isSooner(Files.size(file))
            ? HashProcess.of(file)
            : Optional.empty();
    return apart.isPresent() ? apart.get() : here(file);
  }

  /** The same, computed in this process. */
  static String here(Path file) throws IOException {
    MessageDigest digest = digest();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = RegularFile.open(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The hash of a text in UTF-8. */
  public static String ofText(String text) {
    return HexFormat.of().formatHex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * One hash over every file below {@code folder}: its name relative to the folder and its
   * contents, in the order of the names. Links are followed; times, permissions and empty folders
   * do not count. The same as
   *
   * <pre>
   * {@code find -L . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -r0 sha256sum | sha256sum}
   * </pre>
   */
  public static String ofFolder(Path folder) throws IOException {
    Map<String, Path> files = new TreeMap<>(BYTES);
    for (Path path : Disk.tree(folder, FileVisitOption.FOLLOW_LINKS)) {
      if (Files.isRegularFile(path)) {
        files.put(folder.relativize(path).toString().replace(File.separatorChar, '/'), path);
      }
    }
    MessageDigest digest = digest();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      digest.update(line(of(file.getValue()), file.getKey()).getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** As sha256sum prints it: behind a backslash where the name has one, or breaks the line. */
  private static String line(String hash, String name) {
    String escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    return (escaped.equals(name) ? "" : "\\") + hash + "  " + escaped + "\n";
  }

  /** A digest to be fed bytes, for what is not a whole file. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
