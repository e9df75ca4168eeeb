package io.github.fdistill.hosting;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Folders;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Folders that hold all they show: no link in them leads out, and what is in them are files and
 * folders. (A pipe or a device in place of a file would be waited for, or never end.)
 */
public final class Enclosed {
  /** Of the folders that are looked at; those of a SavedModel are two deep. */
  private static final int DEPTH = 8;

  /** Files and folders of one version. */
  private static final int MOST_FILES = 10_000;

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
    all(version).forEach(Enclosed::requireFileOrFolder);
  }

  /**
   * Everything in a model's version, also what links lead to: the version may be one itself.
   * Nothing outside its parent is looked into; a link to a folder that it lies in ends with the
   * depth.
   *
   * @return paths as they are by the version's, and that itself
   * @throws InputException when the folder is, or holds, a link to somewhere outside its parent, or
   *     when it holds too many
   */
  public static List<Path> all(Path version) throws IOException {
    Path model = version.toAbsolutePath().getParent().toRealPath();
    requireNoDeadLink(version);
    require(model, version);
    List<Path> found = new ArrayList<>(List.of(version));
    int depth = version.getNameCount() + DEPTH;
    for (int i = 0; i < found.size(); i++) { // It grows meanwhile.
      if (found.get(i).getNameCount() < depth && Files.isDirectory(found.get(i))) {
        addChildren(model, version, found.get(i), found);
      }
    }
    return found;
  }

  private static void addChildren(Path model, Path version, Path folder, List<Path> found)
      throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
      for (Path child : children) {
        if (found.size() == MOST_FILES) {
          throw new InputException(
              version.toString(),
              "more than " + MOST_FILES + " files",
              "a SavedModel, which has a few",
              "put other files elsewhere");
        }
        if (Files.isSymbolicLink(child)) {
          requireNoDeadLink(child);
          require(model, child);
        }
        found.add(child);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
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
      if (!Files.isRegularFile(file)) {
        throw noFile(file, "a file of settings");
      }
      if (Files.size(file) > MOST_TEXT_BYTES) {
        throw new InputException(
            file.toString(),
            Files.size(file) + " bytes",
            "a file of settings, of at most " + MOST_TEXT_BYTES + " bytes",
            "correct or remove it");
      }
      return true;
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e);
    }
  }

  private static void requireNoDeadLink(Path path) throws IOException {
    Folders.requireReachable(path);
    if (Folders.isDeadLink(path)) {
      throw new InputException(
          path.toString(),
          "a link to what is not there",
          "a model whose files lie in its folder",
          "put what it is to lead to itself there, or remove it");
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
      throw noFile(path, "files and folders");
    }
  }

  private static InputException noFile(Path path, String needed) {
    return new InputException(
        path.toString(),
        Files.isDirectory(path) ? "a folder" : "a pipe, a socket or a device",
        needed,
        "remove it, or put a file in its place");
  }
}
