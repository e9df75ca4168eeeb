package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.KeptOpen;
import io.github.fdistill.files.RegularFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Opens zip archives; the garbage collector closes them. */
final class ZipArchive {
  /** A byte of deflate's makes no more than so many. */
  private static final long MOST_FOR_BYTE = 1032;

  private ZipArchive() {}

  /**
   * Lists a zip archive by its directory, which is in memory then.
   *
   * @throws InputException if it is damaged, encrypted, or names a file twice or outside of it
   */
  static Archive open(Path path) {
    try {
      return KeptOpen.by(zip(path), zip -> of(path, zip));
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  private static Archive of(Path path, ZipFile zip) throws IOException {
    long length = Files.size(path);
    Archive.Builder archive = new Archive.Builder(path, zip);
    for (ZipEntry entry : Collections.list(zip.entries())) {
      if (entry.isDirectory()) {
        archive.addFolder(entry.getName());
      } else {
        archive.add(entry.getName(), new Zipped(path, zip, entry, length));
      }
    }
    return archive.build(true);
  }

  private static ZipFile zip(Path path) {
    try {
      RegularFile.requireIfThere(path);
      return new ZipFile(path.toFile(), StandardCharsets.UTF_8);
    } catch (ZipException e) {
      // Names of old programs are in the letters of DOS.
      try {
        return new ZipFile(path.toFile(), Charset.forName("IBM437"));
      } catch (IOException again) {
        throw refused(path, e);
      }
    } catch (EOFException e) {
      throw ArchiveName.damaged(path, DiskRefusal.reason(e), e);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  /** An archive that is whole, but of a kind that Java does not read, needs more than a copy. */
  private static InputException refused(Path path, ZipException e) {
    String reason = DiskRefusal.reason(e);
    boolean encrypted = reason.contains("encrypted");
    if (encrypted || reason.contains("compression method")) {
      return new InputException(
          path.toString(),
          encrypted ? "it is encrypted" : "files compressed in another way than deflate",
          "a zip archive without a password, of files that are stored or compressed by deflate",
          "unpack it, and name the folder",
          e);
    }
    return ArchiveName.damaged(path, reason, e);
  }

  /**
   * A file in it.
   *
   * @param length of the archive
   */
  private record Zipped(Path path, ZipFile zip, ZipEntry entry, long length)
      implements Archive.Entry {
    @Override
    public long size() {
      return entry.getSize();
    }

    @Override
    public byte[] start(int bytes) {
      requirePossible();
      byte[] all = new byte[(int) Math.max(0, Math.min(bytes, entry.getSize()))];
      int read;
      boolean more;
      try (InputStream in = zip.getInputStream(entry)) {
        read = in.readNBytes(all, 0, all.length);
        more = bytes > all.length && in.read() >= 0;
      } catch (ZipException | EOFException | IllegalArgumentException e) {
        throw damaged(DiskRefusal.reason(e), e);
      } catch (IOException e) {
        throw DiskRefusal.unreadable(path, e);
      }
      if (bytes > entry.getSize()) {
        CRC32 sum = new CRC32();
        sum.update(all);
        if (more || read != entry.getSize() || sum.getValue() != entry.getCrc()) {
          throw damaged("its length or checksum is not what the archive says", null);
        }
      }
      return read == all.length ? all : Arrays.copyOf(all, read);
    }

    /** Refuses a size that what is there cannot unpack to, before there is memory for it. */
    private void requirePossible() {
      long packed = Math.min(entry.getCompressedSize(), length);
      if ((entry.getSize() - 1024) / MOST_FOR_BYTE > packed) {
        throw damaged(
            "the archive says " + entry.getSize() + " bytes, more than " + packed + " unpack to",
            null);
      }
    }

    private InputException damaged(String how, Throwable cause) {
      return Picture.damaged(path + ": " + entry.getName(), how, cause);
    }
  }
}
