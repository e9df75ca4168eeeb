package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Texts in UTF-8; of what is none it is told from which line on. */
public final class Utf8 {
  private static final String BYTE_ORDER_MARK = "\ufeff";
  private static final int LETTERS_AT_ONCE = 1 << 12;

  private Utf8() {}

  /** What is no UTF-8. */
  public static final class Not extends CharacterCodingException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final String why;

    private Not(String file, String why) {
      this.file = file;
      this.why = why;
    }

    /** What it is instead, or from where on, in words. */
    public String why() {
      return why;
    }

    /** Says it of the file, and to write the text again. */
    public InputException refusal() {
      return new InputException(file, why, "a text in UTF-8", "save it again in UTF-8", this);
    }

    /** Which file it is. */
    @Override
    public String getMessage() {
      return file;
    }
  }

  /**
   * A text, without the byte order mark that may stand first.
   *
   * @throws Not where it is no UTF-8
   */
  public static String text(String file, byte[] bytes) throws Not {
    return text(file, bytes, 1);
  }

  /**
   * The same of a part of a file.
   *
   * @param line its first, from 1
   */
  static String text(String file, byte[] bytes, long line) throws Not {
    require(file, bytes, line);
    return unmarked(new String(bytes, StandardCharsets.UTF_8), line);
  }

  /** A text without the mark that may stand before its first line. */
  static String unmarked(String text, long line) {
    return line == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  /**
   * Refuses what is no UTF-8, and holds none of the text.
   *
   * @throws Not which tells from where on
   */
  public static void require(String file, byte[] bytes) throws Not {
    require(file, bytes, 1);
  }

  private static void require(String file, byte[] bytes, long line) throws Not {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(LETTERS_AT_ONCE);
    CoderResult read = CoderResult.OVERFLOW;
    while (read.isOverflow()) {
      read = decoder.decode(in, out.clear(), true);
    }
    if (read.isError()) {
      throw new Not(
          file, line == 1 && isUtf16(bytes) ? "UTF-16, not UTF-8" : from(bytes, in, line));
    }
  }

  private static boolean isUtf16(byte[] bytes) {
    int mark = bytes.length < 2 ? 0 : ByteBuffer.wrap(bytes).getShort() & 0xffff;
    return mark == 0xfeff || mark == 0xfffe;
  }

  private static String from(byte[] bytes, ByteBuffer in, long line) {
    long number = line;
    for (int i = 0; i < in.position(); i++) {
      number += bytes[i] == '\n' ? 1 : 0;
    }
    return "not UTF-8, from line " + number + " on";
  }
}
