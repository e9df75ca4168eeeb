package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads a message of Protocol Buffers field by field, out of bytes that stay in their file. Whoever
 * reads a message knows its fields; nothing is nested more deeply than its readers are.
 */
final class Wire {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;

  /** Longer texts name nothing. */
  private static final int MOST_TEXT = 1 << 16;

  private final Bytes bytes;
  private final String what;
  private long at;
  private int field;
  private int type;
  private long number;
  private Bytes part;

  /**
   * @param what it is a message of, for messages to a user
   */
  Wire(Bytes bytes, String what) {
    this.bytes = bytes;
    this.what = what;
  }

  /** Goes to the next field, if there is one. */
  boolean next() {
    if (at == bytes.size()) {
      return false;
    }
    long key = varint();
    field = (int) Math.min(key >>> 3, Integer.MAX_VALUE);
    type = (int) (key & 7);
    part = null;
    switch (type) {
      case VARINT -> number = varint();
      case FIXED64 -> number = take(Long.BYTES).longAt(0);
      case FIXED32 -> number = take(Integer.BYTES).intAt(0);
      case LENGTH -> part = take(varint());
      default -> throw wrong("a field of wire type " + type);
    }
    return true;
  }

  /** The number of the field. */
  int field() {
    return field;
  }

  private Bytes take(long count) {
    if (count < 0 || count > bytes.size() - at) {
      throw wrong(
          "a field of "
              + Long.toUnsignedString(count)
              + " bytes where "
              + (bytes.size() - at)
              + " are left");
    }
    Bytes taken = bytes.slice(at, count);
    at += count;
    return taken;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == bytes.size()) {
        throw wrong("a number that is cut off");
      }
      int one = bytes.unsignedByte(at++);
      value |= (long) (one & 0x7f) << shift;
      if (one < 0x80) {
        return value;
      }
    }
    throw wrong("a number of more than 64 bits");
  }

  /** The field as a whole number. */
  long number() {
    require(VARINT);
    return number;
  }

  /** The field as a float. */
  float fraction() {
    require(FIXED32);
    return Float.intBitsToFloat((int) number);
  }

  /** The field as bytes: a message, or whatever else lies in them. */
  Bytes part() {
    require(LENGTH);
    return part;
  }

  /** The field as a message. */
  Wire message(String of) {
    return new Wire(part(), of);
  }

  /** The field as a text. */
  String text() {
    require(LENGTH);
    if (part.size() > MOST_TEXT) {
      throw wrong("a text of " + part.size() + " bytes");
    }
    ByteBuffer utf8 = ByteBuffer.wrap(part.array(0, (int) part.size()));
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(utf8);
      return text.toString();
    } catch (CharacterCodingException e) {
      throw wrong("a text that is no UTF-8");
    }
  }

  /** The field as a float, or as several of them side by side. */
  void fractions(Numbers into) {
    if (type == FIXED32) {
      into.add(fraction());
      return;
    }
    Bytes packed = part();
    requireWhole(packed, Float.BYTES);
    for (long i = 0; i < packed.size(); i += Float.BYTES) {
      into.add(Float.intBitsToFloat(packed.intAt(i)));
    }
  }

  /** The field as a whole number, or as several of them side by side. */
  void numbers(Numbers into) {
    if (type == VARINT) {
      into.add(number);
      return;
    }
    Wire packed = new Wire(part(), what);
    while (packed.at < packed.bytes.size()) {
      into.add(packed.varint());
    }
  }

  private void requireWhole(Bytes packed, int width) {
    if (packed.size() % width != 0) {
      throw wrong(packed.size() + " bytes of numbers of " + width);
    }
  }

  private void require(int wanted) {
    if (type != wanted) {
      throw wrong("wire type " + type + " in field " + field);
    }
  }

  InputException wrong(String found) {
    return new InputException(
        bytes.path() + ", " + what,
        found,
        "an ONNX model as its format has it",
        "the file is damaged: download or export it again");
  }
}
