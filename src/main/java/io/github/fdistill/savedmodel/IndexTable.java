package io.github.fdistill.savedmodel;

import io.github.fdistill.files.FileKind;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.zip.CRC32C;

/**
 * The sorted table of keys and values that the index of a checkpoint is: blocks of entries whose
 * keys leave out what they share with the one before, a block that lists the blocks, and a footer
 * that says where that one lies. The format is that of LevelDB's tables, without compression.
 */
final class IndexTable {
  static final long MAGIC = 0xdb4775248b80fb57L;
  static final int FOOTER = 48;

  /** Keys are in the order of their bytes. */
  static final Comparator<String> KEY_ORDER =
      Comparator.comparing(key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  /** More variables than any network has. */
  static final int MOST_ENTRIES = 1_000_000;

  /** Of keys and values, as they are when what they leave out is put back. */
  static final long MOST_HELD_BYTES =
      FileKind.CHECKPOINT_INDEX.mostHeld(FileKind.CHECKPOINT_INDEX.mostBytes());

  /** The objects of an entry, beside what its key and value hold. */
  private static final int ENTRY = 250;

  /** A dimension is two bytes of a value, and an object when that is read. */
  private static final int HELD_FOR_BYTE = 5;

  /** Larger than the description of any tensor. */
  private static final int MOST_VALUE_BYTES = 1 << 20;

  private final ByteBuffer file;
  private int entries;
  private long held;

  private IndexTable(byte[] bytes) {
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Every key with its value, in order.
   *
   * @throws IllegalArgumentException in words, when the bytes are no such table
   */
  static Map<String, byte[]> read(byte[] bytes) {
    try {
      return new IndexTable(bytes).all();
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("it breaks off, or points outside itself", e);
    }
  }

  /** The table of these entries; reading it gives them again. */
  static byte[] write(SortedMap<String, byte[]> entries) {
    return new IndexTableWriter().write(entries);
  }

  private Map<String, byte[]> all() {
    require(file.limit() >= FOOTER, "it has " + file.limit() + " bytes, fewer than its footer");
    require(file.getLong(file.limit() - 8) == MAGIC, "its last bytes are not those of an index");
    ByteBuffer footer = slice(file.limit() - FOOTER, FOOTER - 8);
    varint(footer);
    varint(footer);
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (byte[] handle : block(footer).values()) {
      found.putAll(block(ByteBuffer.wrap(handle)));
    }
    return found;
  }

  /** The entries of the block that a handle (offset, size) points at. */
  private Map<String, byte[]> block(ByteBuffer handle) {
    long offset = varint(handle);
    long size = varint(handle);
    long end = offset + size + 5;
    require(offset >= 0 && size >= 4 && end <= file.limit() && end > 0, "a block lies outside it");
    requireChecksum((int) offset, (int) size);
    require(file.get((int) (offset + size)) == 0, "it is compressed");
    ByteBuffer block = slice((int) offset, (int) size);
    int restarts = block.getInt((int) size - 4);
    require(restarts >= 0 && 4L * restarts + 4 <= size, "a block's end is damaged");
    block.limit((int) size - 4 - 4 * restarts);
    Map<String, byte[]> found = new LinkedHashMap<>();
    byte[] key = {};
    while (block.hasRemaining()) {
      require(++entries <= MOST_ENTRIES, "it has more than " + MOST_ENTRIES + " entries");
      int shared = length(block);
      int rest = length(block);
      int valueSize = length(block);
      require(shared <= key.length && rest <= block.remaining(), "a key is damaged");
      held += ENTRY + shared + rest + (long) HELD_FOR_BYTE * valueSize;
      require(
          held <= MOST_HELD_BYTES,
          "its keys and values fill more than " + (MOST_HELD_BYTES >> 20) + " MiB");
      require(valueSize <= MOST_VALUE_BYTES, "a value has " + valueSize + " bytes");
      byte[] next = Arrays.copyOf(key, shared + rest);
      block.get(next, shared, rest);
      require(valueSize <= block.remaining(), "a value is damaged");
      byte[] value = new byte[valueSize];
      block.get(value);
      key = next;
      found.put(text(key), value);
    }
    return found;
  }

  /** A name; or, of a part of a tensor, bytes that begin with 0, a letter for each. */
  private static String text(byte[] key) {
    boolean part = key.length > 0 && key[0] == 0;
    return new String(key, part ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  private void requireChecksum(int offset, int size) {
    CRC32C crc = new CRC32C();
    crc.update(file.array(), offset, size + 1);
    int told = file.getInt(offset + size + 1);
    require(told == Checksum.masked(crc), "a block's checksum is wrong");
  }

  private ByteBuffer slice(int offset, int size) {
    return file.slice(offset, size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int length(ByteBuffer in) {
    long value = varint(in);
    require(value >= 0 && value <= Integer.MAX_VALUE, "a length is damaged");
    return (int) value;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number is damaged");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
