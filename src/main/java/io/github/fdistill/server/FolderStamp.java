package io.github.fdistill.server;

import io.github.fdistill.hosting.Enclosed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.TreeMap;

/**
 * What tells the files of a folder from others that take their place, without reading them: it
 * changes when one is written, replaced, added or removed, also within a second and also where the
 * name, the size and the time that a copy has kept stay the same.
 *
 * @param files by their paths in the folder
 */
record FolderStamp(Map<Path, State> files) {

  /**
   * Of one file.
   *
   * @param key the file system's own for it (device and inode); null where it has none
   * @param modified when it was written, as far as one may say otherwise
   * @param changed when it or its name was changed last, which nobody can set; where the file
   *     system does not know that, when it was created
   */
  record State(Object key, long size, FileTime modified, Object changed) {}

  /**
   * Of a version's folder: of all in it that is no folder, also by links.
   *
   * @throws java.nio.file.NoSuchFileException when it is being written or removed just now
   * @throws io.github.fdistill.InputException when it holds more than a model does, or a link leads
   *     out of the model's folder
   * @throws IOException when it cannot be looked at
   */
  static FolderStamp of(Path folder) throws IOException {
    Map<Path, State> files = new TreeMap<>();
    for (Path path : Enclosed.all(folder)) {
      if (!Files.isDirectory(path)) {
        files.put(folder.relativize(path), state(path));
      }
    }
    return new FolderStamp(files);
  }

  private static State state(Path file) throws IOException {
    BasicFileAttributes basic = Files.readAttributes(file, BasicFileAttributes.class);
    boolean unix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
    return new State(
        basic.fileKey(),
        basic.size(),
        basic.lastModifiedTime(),
        unix ? Files.getAttribute(file, "unix:ctime") : basic.creationTime());
  }
}
