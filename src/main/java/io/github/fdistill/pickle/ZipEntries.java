package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The entries of a zip, which stay in the file: all are stored as they are, as PyTorch writes them.
 * Zips above 4 GB too.
 */
final class ZipEntries {
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int END_SIZE = 22;
  private static final int MOST_COMMENT = 0xffff;
  private static final long IN_64 = 0xffffffffL;
  private static final long MOST_ENTRIES = 1_000_000;

  private final Bytes file;

  private ZipEntries(Bytes file) {
    this.file = file;
  }

  /**
   * The entries by name, in order.
   *
   * @throws InputException when it is no such zip
   */
  static Map<String, Bytes> of(Bytes file) {
    try {
      return new ZipEntries(file).read();
    } catch (IndexOutOfBoundsException e) {
      throw wrong(file, "an entry that lies outside of the file", e);
    }
  }

  private Map<String, Bytes> read() {
    long end = end();
    long count = unsigned16(end + 10);
    long from = unsigned32(end + 16);
    if (end >= 20 && file.intAt(end - 20) == LOCATOR_64) {
      long end64 = file.longAt(end - 12);
      if (file.intAt(end64) != END_64) {
        throw wrong(file, "no directory where its end says", null);
      }
      count = file.longAt(end64 + 32);
      from = file.longAt(end64 + 48);
    }
    if (count < 0 || count > MOST_ENTRIES) {
      throw wrong(file, count + " entries", null);
    }
    Map<String, Bytes> entries = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      from = addEntry(from, entries);
    }
    return entries;
  }

  /** Where the record at the end of the zip begins. */
  private long end() {
    for (long at = file.size() - END_SIZE;
        at >= 0 && at >= file.size() - END_SIZE - MOST_COMMENT;
        at--) {
      if (file.intAt(at) == END) {
        return at;
      }
    }
    throw wrong(file, "no directory at its end: it is cut off", null);
  }

  /** Adds the entry at a place of the directory; returns where the next one begins. */
  private long addEntry(long at, Map<String, Bytes> entries) {
    if (file.intAt(at) != CENTRAL) {
      throw wrong(file, "a directory that is none", null);
    }
    int nameLength = unsigned16(at + 28);
    int extraLength = unsigned16(at + 30);
    String name = new String(file.array(at + 46, nameLength), StandardCharsets.UTF_8);
    boolean encrypted = (unsigned16(at + 8) & 1) != 0;
    if (encrypted || unsigned16(at + 10) != 0) {
      throw wrong(file, "the entry " + name + " is compressed or encrypted", null);
    }
    Extra extra = new Extra(at + 46 + nameLength, extraLength);
    long size = extra.or(unsigned32(at + 24));
    long packed = extra.or(unsigned32(at + 20));
    long local = extra.or(unsigned32(at + 42));
    if (size != packed || file.intAt(local) != LOCAL) {
      throw wrong(file, "the entry " + name + " is not where the directory says", null);
    }
    long data = local + 30 + unsigned16(local + 26) + unsigned16(local + 28);
    if (entries.put(name, file.slice(data, size)) != null) {
      throw wrong(file, "two entries " + name, null);
    }
    return at + 46 + nameLength + extraLength + unsigned16(at + 32);
  }

  /** The numbers of 8 bytes of an entry, for those that 4 bytes are too small for. */
  private final class Extra {
    private long next;
    private long end;

    Extra(long from, int length) {
      for (long at = from; at + 4 <= from + length; at += 4 + unsigned16(at + 2)) {
        if (unsigned16(at) == 1) {
          next = at + 4;
          end = at + 4 + unsigned16(at + 2);
          return;
        }
      }
    }

    long or(long small) {
      if (small != IN_64) {
        return small;
      }
      if (next + 8 > end) {
        throw wrong(file, "an entry without its size", null);
      }
      next += 8;
      return file.longAt(next - 8);
    }
  }

  private int unsigned16(long at) {
    return file.unsignedShort(at);
  }

  private long unsigned32(long at) {
    return file.intAt(at) & 0xffffffffL;
  }

  private static InputException wrong(Bytes file, String found, Exception cause) {
    return new InputException(
        file.path() + ", as a zip",
        found,
        "a whole zip as torch.save writes it, with entries that are not compressed",
        "download or copy it again, or save the weights again",
        cause);
  }
}
