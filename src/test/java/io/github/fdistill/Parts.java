package io.github.fdistill;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** Pieces of bytes. */
final class Parts {
  private Parts() {}

  static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException();
    }
  }

  static byte[] next(ByteBuffer in, int length) {
    require(length >= 0 && length <= in.remaining());
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static List<byte[]> pieces(byte[] bytes, int each) {
    List<byte[]> parts = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += each) {
      parts.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + each)));
    }
    return parts;
  }

  static List<byte[]> headed(ByteBuffer in, int before) {
    List<byte[]> parts = new ArrayList<>(List.of(next(in, before)));
    parts.add(next(in, in.getInt()));
    parts.add(next(in, in.remaining()));
    return parts;
  }

  static byte[] unheaded(List<byte[]> parts, int before, int lengthBytes) {
    byte[] head = parts.size() > 1 ? parts.get(1) : new byte[0];
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(head.length);
    byte[] said = Arrays.copyOf(length.array(), lengthBytes);
    byte[][] rest = parts.stream().skip(1).toArray(byte[][]::new);
    return concat(Arrays.copyOf(parts.get(0), before), said, concat(rest));
  }

  static boolean begins(byte[] bytes, int at, String with) {
    boolean same = bytes.length >= at + with.length();
    for (int i = 0; same && i < with.length(); i++) {
      same = bytes[at + i] == (byte) with.charAt(i);
    }
    return same;
  }

  static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (next & 127L) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException();
  }

  /** TensorFlow's own sum. */
  static int masked(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    int sum = (int) crc.getValue();
    return (sum >>> 15 | sum << 17) + 0xa282ead8;
  }
}
