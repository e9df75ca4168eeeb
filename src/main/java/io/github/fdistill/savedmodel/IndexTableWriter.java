package io.github.fdistill.savedmodel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.zip.CRC32C;

/** Writes what {@link IndexTable} reads, as TensorFlow's own writer does. */
final class IndexTableWriter {
  /** A block that has grown to this many bytes ends. */
  private static final int BLOCK = 256 << 10;

  /** One key in so many stands whole in a block of entries. */
  private static final int RESTART_EVERY = 16;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  byte[] write(SortedMap<String, byte[]> entries) {
    Block index = new Block(1);
    Block block = new Block(RESTART_EVERY);
    byte[] last = {};
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      byte[] key = entry.getKey().getBytes(StandardCharsets.UTF_8);
      if (block.size() >= BLOCK) {
        index.add(separator(last, key), append(block));
        block = new Block(RESTART_EVERY);
      }
      block.add(key, entry.getValue());
      last = key;
    }
    byte[] lastHandle = append(block);
    byte[] meta = append(new Block(RESTART_EVERY));
    index.add(successor(last), lastHandle);
    byte[] footer = Arrays.copyOf(joined(meta, append(index)), IndexTable.FOOTER);
    ByteBuffer.wrap(footer)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(IndexTable.FOOTER - Long.BYTES, IndexTable.MAGIC);
    file.writeBytes(footer);
    return file.toByteArray();
  }

  /** Appends a block with its checksum; returns its handle (offset, size). */
  private byte[] append(Block block) {
    ByteArrayOutputStream handle = new ByteArrayOutputStream();
    byte[] bytes = block.bytes();
    varint(handle, file.size());
    varint(handle, bytes.length);
    byte[] uncompressed = Arrays.copyOf(bytes, bytes.length + 1);
    CRC32C crc = new CRC32C();
    crc.update(uncompressed);
    file.writeBytes(uncompressed);
    fixed(file, Checksum.masked(crc));
    return handle.toByteArray();
  }

  /** A short key that is at least the first and below the second. */
  private static byte[] separator(byte[] key, byte[] next) {
    int i = Arrays.mismatch(key, next);
    boolean fits = i < key.length && (key[i] & 0xff) + 1 < (next[i] & 0xff);
    return fits ? raised(key, i) : key;
  }

  /** A short key that is at least this one. */
  private static byte[] successor(byte[] key) {
    for (int i = 0; i < key.length; i++) {
      if (key[i] != (byte) 0xff) {
        return raised(key, i);
      }
    }
    return key;
  }

  private static byte[] raised(byte[] key, int at) {
    byte[] raised = Arrays.copyOf(key, at + 1);
    raised[at]++;
    return raised;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static void varint(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest > 0x7f) {
      out.write(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  private static void fixed(ByteArrayOutputStream out, int value) {
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  /** Entries whose keys leave out what they share with the one before. */
  private static final class Block {
    private final int restartEvery;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Integer> restarts = new ArrayList<>(List.of(0));
    private int sinceRestart;
    private byte[] last = {};

    Block(int restartEvery) {
      this.restartEvery = restartEvery;
    }

    void add(byte[] key, byte[] value) {
      if (sinceRestart == restartEvery) {
        restarts.add(out.size());
        sinceRestart = 0;
        last = new byte[0];
      }
      int mismatch = Arrays.mismatch(last, key);
      int shared = mismatch < 0 ? key.length : mismatch;
      varint(out, shared);
      varint(out, key.length - shared);
      varint(out, value.length);
      out.write(key, shared, key.length - shared);
      out.writeBytes(value);
      last = key;
      sinceRestart++;
    }

    int size() {
      return out.size() + (restarts.size() + 1) * Integer.BYTES;
    }

    byte[] bytes() {
      restarts.forEach(restart -> fixed(out, restart));
      fixed(out, restarts.size());
      return out.toByteArray();
    }
  }
}
