package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.RegularFile;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/**
 * The files of a folder and of all folders below; links are followed, and only regular files count.
 *
 * @param names as {@code cats/a.png}; of the stray links too that are not called as pictures are:
 *     who takes one for labels, captions or a shard is told by reading it that it is none
 * @param strayLinks links to nothing, and what is no file: pipes and devices
 */
record FolderFiles(Path path, List<String> names, List<String> folders, List<String> strayLinks)
    implements NamedFiles {
  /** What Java shows in the place of bytes that are no letters. */
  private static final char UNREADABLE = '\ufffd';

  /**
   * @throws InputException if there is no such folder, or it cannot be read
   */
  static FolderFiles of(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          folder.toString(), "no such folder", "a folder of pictures", "choose one that exists");
    }
    FolderFiles files =
        new FolderFiles(folder, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    try {
      Files.walkFileTree(
          folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, files.visitor());
    } catch (IOException e) {
      throw new InputException(
          folder.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "a readable folder, in which no link leads back to a folder above it",
          "mend its permissions, or remove that link",
          e);
    }
    return files;
  }

  private SimpleFileVisitor<Path> visitor() {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        if (directory.equals(path)) {
          return FileVisitResult.CONTINUE;
        }
        if (NamedFiles.isHidden(directory.getFileName().toString())) {
          return FileVisitResult.SKIP_SUBTREE;
        }
        folders.add(name(directory));
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (NamedFiles.isHidden(file.getFileName().toString()) || attributes.isDirectory()) {
          return FileVisitResult.CONTINUE;
        }
        String name = name(file);
        if (attributes.isRegularFile() || !PictureNames.isOne(name)) {
          names.add(name);
        }
        if (!attributes.isRegularFile()) {
          strayLinks.add(name);
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (!file.equals(path) && NamedFiles.isHidden(file.getFileName().toString())) {
          return FileVisitResult.CONTINUE; // Such as lost+found, which is its owner's alone.
        }
        throw e;
      }
    };
  }

  private String name(Path file) {
    String name = path.relativize(file).toString();
    if (name.indexOf(UNREADABLE) >= 0 && !path.resolve(name).equals(file)) {
      throw new InputException(
          file.toString(),
          "a name whose bytes are no UTF-8",
          "names in UTF-8",
          "rename it; convmv -f latin1 -t utf8 -r --notest renames all of a folder, from Latin-1");
    }
    return name.replace(File.separatorChar, '/');
  }

  @Override
  public byte[] read(String name) {
    Path file = path.resolve(name);
    long size = RegularFile.isThere(file) ? FileStamp.of(file).size() : 0;
    NamedFiles.requireReadable(where(name), size);
    return start(name, (int) size);
  }

  @Override
  public byte[] start(String name, int bytes) {
    try (InputStream in = RegularFile.open(path.resolve(name))) {
      return in.readNBytes(bytes);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path.resolve(name), e);
    }
  }

  @Override
  public String where(String name) {
    return path.resolve(name).toString();
  }

  @Override
  public String fingerprint(List<String> names, Map<String, String> others) {
    return FolderFingerprint.of(path, names, others);
  }

  @Override
  public String line(List<String> names, String name) {
    return FolderFingerprint.line(path, names, name);
  }

  @Override
  public boolean isSmall(List<String> names) {
    return FolderFingerprint.isRead(path, names);
  }

  @Override
  public String stamp(List<String> names) {
    return FolderFingerprint.ofExactStamps(path, names);
  }
}
