package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.KeptOpen;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.ShellWord;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Opens tar archives (POSIX, with long names as GNU or pax write them). Of a plain one the files
 * are read where they lie; of a compressed one they are held in memory, for there is no way to the
 * middle of it.
 */
final class TarArchive {
  /** Of the Java heap, at most, for the files of a compressed one. */
  private static final double SHARE_OF_HEAP = 0.25;

  private TarArchive() {}

  /** The same as {@link #open(Path, boolean)}: the content decides whether it is compressed. */
  static Archive open(Path path) {
    try (InputStream in = RegularFile.open(path)) {
      return open(path, in.read() == 0x1f && in.read() == 0x8b);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  /**
   * Lists a tar archive by the headers of its files.
   *
   * @throws InputException if it is damaged, names a file twice or outside of it, or is compressed
   *     and too large to be held in memory
   */
  static Archive open(Path path, boolean compressed) {
    long most = (long) (SHARE_OF_HEAP * Runtime.getRuntime().maxMemory());
    return open(path, compressed, most);
  }

  static Archive open(Path path, boolean compressed, long mostBytes) {
    try (InputStream file = new BufferedInputStream(RegularFile.open(path), 1 << 16);
        InputStream in = compressed ? new GZIPInputStream(file, 1 << 16) : file) {
      return compressed
          ? read(path, in, null, mostBytes)
          : KeptOpen.by(RegularFile.channel(path), at -> read(path, in, at, mostBytes));
    } catch (ZipException | EOFException e) {
      throw ArchiveName.damaged(path, DiskRefusal.reason(e), e);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  private static Archive read(Path path, InputStream in, FileChannel channel, long mostBytes)
      throws IOException {
    Archive.Builder archive = new Archive.Builder(path, channel == null ? () -> {} : channel);
    TarHeaders headers = new TarHeaders(path, in);
    long held = 0;
    while (headers.next()) {
      if (headers.isFolder()) {
        archive.addFolder(headers.name());
      } else if (headers.isLink()) {
        archive.addLink(headers.name());
      } else if (headers.isFile() && channel != null) {
        archive.add(headers.name(), new Stored(path, channel, headers.position(), headers.size()));
      } else if (headers.isFile() && headers.size() > NamedFiles.MOST_BYTES) {
        archive.add(headers.name(), new TooLong(path, headers.name(), headers.size()));
      } else if (headers.isFile() && !isHidden(path, headers.name())) {
        held += headers.size();
        if (held > mostBytes) {
          throw new InputException(
              path.toString(),
              "more than " + (mostBytes >> 20) + " MiB of files in a compressed archive",
              "no more than are held in memory; others are read from one that is not compressed",
              "unpack it, which leaves it as it is: " + unpacked(path));
        }
        archive.add(headers.name(), new Held(headers.content()));
      }
    }
    return archive.build(headers.hasEnd());
  }

  /** The command that writes it unpacked beside it, where nothing is: not each is called .gz. */
  private static String unpacked(Path path) {
    String base = path.getFileName().toString().replaceFirst("(?i)\\.(tar|tar\\.gz|tgz)$", "");
    Path tar = path.resolveSibling(base + ".tar");
    for (int i = 2; Files.exists(tar); i++) {
      tar = path.resolveSibling(base + "-" + i + ".tar");
    }
    String to = ShellWord.quoted(tar.toString());
    return "gunzip -c " + ShellWord.quoted(path.toString()) + " > " + to;
  }

  private static boolean isHidden(Path path, String name) {
    return NamedFiles.isHiddenPath(ArchiveName.checked(path, name));
  }

  /** A file in memory. */
  private record Held(byte[] bytes) implements Archive.Entry {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public byte[] start(int most) {
      return Arrays.copyOf(bytes, Math.min(most, bytes.length));
    }
  }

  /** A file that is passed over: no picture is so long. */
  private record TooLong(Path path, String name, long size) implements Archive.Entry {
    @Override
    public byte[] start(int most) {
      throw new InputException(
          path + ": " + name,
          (size >> 20) + " MiB in a compressed archive",
          "pictures of less",
          "take it out, or unpack the archive: " + unpacked(path));
    }
  }

  /** A file where it lies. */
  private record Stored(Path path, FileChannel channel, long position, long size)
      implements Archive.Entry {
    @Override
    public byte[] start(int most) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(most, size));
      NpyValues.of(path, channel).read(bytes, position);
      return bytes.array();
    }
  }
}
