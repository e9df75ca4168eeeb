package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.Sha256;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Files in a zip or tar archive, read where they lie: nothing is unpacked to a disk.
 *
 * @param entries by name
 * @param strayLinks those in it, which are not followed
 * @param hasEnd whether it says where it ends: one that does not may be cut short between two files
 * @param file that is open for them
 * @param sum its SHA-256
 * @param held that the names take of Java's memory, in bytes
 */
record Archive(
    Path path,
    Map<String, Entry> entries,
    List<String> folders,
    List<String> strayLinks,
    boolean hasEnd,
    Closeable file,
    FileSum sum,
    long held)
    implements NamedFiles, Closeable {
  private static final int MOST_FILES = 10_000;
  private static final long MOST_SMALL_BYTES = 1L << 30;

  /** Of Java's memory, for a file or a folder beside its name, in bytes. */
  private static final int HELD_FOR_ENTRY = 100;

  /** A file in it. */
  interface Entry {
    /** Of the file when it is unpacked, as the archive says. */
    long size();

    /**
     * Its first bytes; of all, the checksum is checked where the archive has one.
     *
     * @throws InputException if it is damaged
     */
    byte[] start(int bytes);
  }

  /** Takes files in the order in which an archive names them. */
  static final class Builder {
    private final Path path;
    private final Closeable file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> folders = new LinkedHashSet<>();
    private final List<String> strayLinks = new ArrayList<>();
    private long held;

    /**
     * @param file that is open for its entries, and closed with the archive
     */
    Builder(Path path, Closeable file) {
      this.path = path;
      this.file = file;
    }

    /** A folder, under the name that the archive has. */
    void addFolder(String name) {
      String plain = ArchiveName.checked(path, name);
      if (!plain.isEmpty() && !NamedFiles.isHiddenPath(plain)) {
        addFolders(plain);
      }
    }

    /** A file, under the name that the archive has; hidden ones are left out. */
    void add(String name, Entry entry) {
      String plain = ArchiveName.checked(path, name);
      if (!NamedFiles.isHiddenPath(plain)) {
        if (entries.put(plain, entry) != null) {
          throw ArchiveName.twice(path, plain);
        }
        hold(plain);
        addFolders(plain.substring(0, Math.max(0, plain.lastIndexOf('/'))));
      }
    }

    /** A link, which is not followed. */
    void addLink(String name) {
      String plain = ArchiveName.checked(path, name);
      if (!NamedFiles.isHiddenPath(plain)) {
        strayLinks.add(plain);
        hold(plain);
      }
    }

    /** A folder, and all that it is in, as far as they are not there. */
    private void addFolders(String folder) {
      String each = folder;
      while (!each.isEmpty() && folders.add(each)) {
        hold(each);
        each = each.substring(0, Math.max(0, each.lastIndexOf('/')));
      }
    }

    /** Asks for room: a few bytes may unpack to many names, and one name is of many folders. */
    private void hold(String name) {
      held += HELD_FOR_ENTRY + Captions.held(name);
      Heap.require(path.toString(), "names of so many files and folders", held);
    }

    Archive build(boolean hasEnd) {
      FileSum sum = new FileSum(path);
      List<String> all = List.copyOf(folders);
      return new Archive(path, entries, all, strayLinks, hasEnd, file, sum, held);
    }
  }

  @Override
  public List<String> names() {
    return new ArrayList<>(entries.keySet());
  }

  @Override
  public byte[] read(String name) {
    long size = entries.get(name).size();
    NamedFiles.requireReadable(where(name), size);
    return entries.get(name).start((int) size + 1);
  }

  @Override
  public byte[] start(String name, int bytes) {
    return entries.get(name).start(bytes);
  }

  @Override
  public List<String> notes() {
    return hasEnd
        ? List.of()
        : List.of("the archive does not say where it ends, and may be cut short between two files");
  }

  /** That of the archive, and of which files in it these are. */
  @Override
  public String fingerprint(List<String> names, Map<String, String> others) {
    String first = others.values().stream().findFirst().orElseGet(sum::get);
    return Sha256.ofText(first + "\n" + String.join("\n", names) + "\n");
  }

  /** The SHA-256 of the archive, which a file in it changes. */
  @Override
  public String line(List<String> names, String name) {
    return sum.get();
  }

  @Override
  public boolean isSmall(List<String> names) {
    return names.size() <= MOST_FILES && FileStamp.of(path).size() <= MOST_SMALL_BYTES;
  }

  @Override
  public String stamp(List<String> names) {
    return FileStamp.of(path).exact() + " " + Sha256.ofText(String.join("\n", names));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
