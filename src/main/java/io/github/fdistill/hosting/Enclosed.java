package io.github.fdistill.hosting;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;

/**
 * Folders that hold all they show: no link in them leads out, and what is in them are files and
 * folders. (A pipe or a device in place of a file would be waited for, or never end.)
 */
public final class Enclosed {
  /** Of the folders that are looked at; those of a SavedModel are two deep. */
  public static final int DEPTH = 8;

  /** Files and folders of one version. */
  public static final int MOST_FILES = 10_000;

  /** Of a file of settings. */
  private static final long MOST_TEXT_BYTES = 1 << 20;

  private Enclosed() {}

  /**
   * Looks at everything in a model's version.
   *
   * @throws InputException when the folder is, or holds, a link to somewhere outside its parent or
   *     what is neither file nor folder, or when it holds too many
   */
  public static void require(Path version) throws IOException {
    Path model = version.toAbsolutePath().getParent().toRealPath();
    try (Stream<Path> all = Files.walk(version, DEPTH)) {
      int count = 0;
      for (Iterator<Path> paths = all.iterator(); paths.hasNext(); count++) {
        if (count == MOST_FILES) {
          throw new InputException(
              version.toString(),
              "more than " + MOST_FILES + " files",
              "a SavedModel, which has a few",
              "put other files elsewhere");
        }
        Path path = paths.next();
        require(model, path);
        requireFileOrFolder(path);
      }
    }
  }

  /**
   * Whether there is such a file of settings in a model's folder.
   *
   * @throws InputException when it is a link to somewhere outside, no file, or too long to be one
   *     of settings
   */
  public static boolean hasText(Path folder, Path file) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try {
      require(folder.toRealPath(), file);
      requireFileOrFolder(file);
      if (Files.size(file) > MOST_TEXT_BYTES) {
        throw new InputException(
            file.toString(),
            Files.size(file) + " bytes",
            "a file of settings, of at most " + MOST_TEXT_BYTES + " bytes",
            "correct or remove it");
      }
      return true;
    } catch (IOException e) {
      throw new InputException(
          file.toString(), "cannot be read: " + e.getMessage(), "a file", "check its rights", e);
    }
  }

  private static void require(Path model, Path path) throws IOException {
    if (!path.toRealPath().startsWith(model)) {
      throw new InputException(
          path.toString(),
          "a link that leads out of the model's folder",
          "a model whose files lie in its folder",
          "put the file itself there");
    }
  }

  private static void requireFileOrFolder(Path path) {
    if (!Files.isRegularFile(path) && !Files.isDirectory(path)) {
      throw new InputException(
          path.toString(),
          "a pipe, a socket or a device",
          "files and folders",
          "remove it, or put a file in its place");
    }
  }
}
