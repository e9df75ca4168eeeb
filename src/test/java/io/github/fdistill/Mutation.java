package io.github.fdistill;

import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;

/** Changes of a good file: a function of it and of a number. */
final class Mutation {
  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    2,
    127,
    128,
    255,
    256,
    32767,
    65535,
    1 << 20,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    0x7fc00000L
  };

  private static final String[] TOKENS = {
    "",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ":",
    ",",
    "null",
    "NaN",
    "1e999",
    "-1",
    "\u0000",
    "\u001b[2J",
    "../",
    "\ufeff",
    "\n",
    "\\",
    "9".repeat(30),
    "a".repeat(300),
    "{".repeat(200),
    "<f8",
    "|O",
    "#"
  };

  /** That are added by copies of a part: several changes of a large file multiply. */
  private static final int MOST_BYTES = 8 << 20;

  private final Random random;

  private Mutation(long number) {
    // Numbers beside each other would begin alike.
    random = new Random(number * 0x9e3779b97f4a7c15L);
  }

  /** One to four changes: of bytes as they lie, or of parts, whose lengths and sums are right. */
  static byte[] of(byte[] good, long number) {
    Mutation mutation = new Mutation(number);
    byte[] bytes = good;
    int changes = 1 + mutation.random.nextInt(4);
    boolean whole = mutation.random.nextBoolean();
    for (int i = 0; i < changes; i++) {
      bytes = whole ? mutation.parted(bytes, 4) : mutation.changed(bytes);
    }
    return bytes;
  }

  /** Changes which parts there are, or one of them. */
  private byte[] parted(byte[] bytes, int levels) {
    if (levels == 0 || random.nextInt(8) == 0) {
      return changed(bytes);
    }
    Form form = Form.of(bytes);
    try {
      List<byte[]> parts = new ArrayList<>(form.cut(bytes));
      int at = random.nextInt(parts.size());
      switch (random.nextInt(8)) {
        case 0 -> parts.remove(at);
        case 1 -> parts.add(random.nextInt(parts.size() + 1), parts.get(at));
        case 2 -> Collections.swap(parts, at, random.nextInt(parts.size()));
        case 3 -> {
          int copies = 1 + random.nextInt(40);
          int most = MOST_BYTES / Math.max(1, parts.get(at).length);
          parts.addAll(at, Collections.nCopies(Math.min(copies, most), parts.get(at)));
        }
        default -> parts.set(at, within(form, parts.get(at), levels));
      }
      return form.join(parts);
    } catch (IOException | RuntimeException e) {
      return changed(bytes); // It is of that form no more.
    }
  }

  private byte[] within(Form form, byte[] part, int levels) {
    int inner = form.inner(part);
    if (inner >= part.length || random.nextInt(4) == 0) {
      return changed(part);
    }
    return form.with(part, parted(Arrays.copyOfRange(part, inner, part.length), levels - 1));
  }

  private byte[] changed(byte[] bytes) {
    if (bytes.length == 0) {
      return new byte[random.nextInt(20)];
    }
    int at = random.nextInt(bytes.length);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 8 : 200));
    byte[] copy = bytes.clone();
    switch (random.nextInt(10)) {
      case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> copy[at] = (byte) NUMBERS[random.nextInt(NUMBERS.length)];
      case 2 -> number(copy, at);
      case 3 -> {
        byte[] some = new byte[length];
        random.nextBytes(some);
        System.arraycopy(some, 0, copy, at, length);
      }
      case 4 -> {
        return joined(bytes, at, at + length, new byte[0]);
      }
      case 5 -> {
        return joined(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
      }
      case 6 -> {
        byte[] token = TOKENS[random.nextInt(TOKENS.length)].getBytes(StandardCharsets.UTF_8);
        return joined(bytes, at, random.nextBoolean() ? at : at + length, token);
      }
      case 7 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 8 -> count(copy, at);
      default -> {
        int from = random.nextInt(bytes.length);
        int some = Math.min(length, bytes.length - from);
        System.arraycopy(bytes, from, copy, at, Math.min(some, bytes.length - at));
      }
    }
    return copy;
  }

  private void number(byte[] bytes, int at) {
    long number = NUMBERS[random.nextInt(NUMBERS.length)] + random.nextInt(3) - 1;
    ByteBuffer to = ByteBuffer.wrap(bytes);
    to.order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    if (bytes.length - at >= 8 && random.nextBoolean()) {
      to.putLong(at, number);
    } else if (bytes.length - at >= 4) {
      to.putInt(at, (int) number);
    } else {
      bytes[at] = (byte) number;
    }
  }

  /** Another number in the place of the next one that may be a length, an offset or a count. */
  private void count(byte[] bytes, int from) {
    int each = random.nextBoolean() ? 4 : 2;
    boolean little = random.nextBoolean();
    for (int at = from; at + each <= bytes.length; at++) {
      ByteBuffer in = ByteBuffer.wrap(bytes, at, each).slice();
      in.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      int is = each == 4 ? in.getInt(0) : in.getShort(0);
      if (is > 0 && is <= 2 * bytes.length) {
        int other =
            switch (random.nextInt(4)) {
              case 0 -> is + random.nextInt(5) - 2;
              case 1 -> is << random.nextInt(20);
              case 2 -> bytes.length - at + random.nextInt(9) - 4;
              default -> (int) NUMBERS[random.nextInt(NUMBERS.length)];
            };
        if (each == 4) {
          in.putInt(0, other);
        } else {
          in.putShort(0, (short) other);
        }
        return;
      }
    }
  }

  private static byte[] joined(byte[] bytes, int before, int after, byte[] between) {
    byte[] all = new byte[before + between.length + bytes.length - after];
    System.arraycopy(bytes, 0, all, 0, before);
    System.arraycopy(between, 0, all, before, between.length);
    System.arraycopy(bytes, after, all, before + between.length, bytes.length - after);
    return all;
  }

  /** The same with the checksums of its parts made right, as far as its parts can be told. */
  static byte[] withChecksums(Readers reader, byte[] bytes) {
    byte[] right = bytes.clone();
    ByteBuffer in = ByteBuffer.wrap(right);
    try {
      switch (reader) {
        case PNG -> {
          for (int at = 8, length; at + 12 <= right.length; at += 12 + length) {
            length = in.getInt(at);
            CRC32 sum = new CRC32();
            sum.update(right, at + 4, 4 + length);
            in.putInt(at + 8 + length, (int) sum.getValue());
          }
        }
        case RECORDS -> {
          in.order(ByteOrder.LITTLE_ENDIAN).putInt(8, Parts.masked(right, 0, 8));
          int length = (int) in.getLong(0);
          in.putInt(12 + length, Parts.masked(right, 12, length));
        }
        case STATISTICS -> {
          byte[] sum = Sha256.digest().digest(Arrays.copyOf(right, right.length - 32));
          System.arraycopy(sum, 0, right, right.length - 32, 32);
        }
        case INDEX -> blocks(right, in.order(ByteOrder.LITTLE_ENDIAN));
        default -> {
          return right;
        }
      }
    } catch (RuntimeException e) {
      return right; // Its parts are no parts any more.
    }
    return right;
  }

  /** The block that lists the blocks, and the first of those. */
  private static void blocks(byte[] index, ByteBuffer in) {
    in.position(index.length - 48);
    varint(in);
    varint(in);
    int offset = varint(in);
    int size = varint(in);
    in.putInt(offset + size + 1, Parts.masked(index, offset, size + 1));
    in.position(offset);
    varint(in);
    int key = varint(in);
    varint(in);
    in.position(in.position() + key);
    int first = varint(in);
    int firstSize = varint(in);
    in.putInt(first + firstSize + 1, Parts.masked(index, first, firstSize + 1));
  }

  private static int varint(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; shift < 32; shift += 7) {
      byte next = in.get();
      value |= (next & 127) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException();
  }
}
