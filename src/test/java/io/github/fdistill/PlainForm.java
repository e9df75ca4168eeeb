package io.github.fdistill;

import static io.github.fdistill.Parts.concat;
import static io.github.fdistill.Parts.next;
import static io.github.fdistill.Parts.pieces;
import static io.github.fdistill.Parts.require;
import static io.github.fdistill.Parts.varint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is not marked at its beginning; the last is of everything. */
enum PlainForm implements Form {
  /** Words, numbers and signs. */
  TEXT {
    private final Pattern token = Pattern.compile("\\w+|\\s+|.", Pattern.DOTALL);

    @Override
    public boolean is(byte[] bytes) {
      for (byte b : bytes) {
        if (b < ' ' && b != '\n' && b != '\r' && b != '\t') {
          return false;
        }
      }
      return bytes.length > 0;
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      Matcher next = token.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
      List<byte[]> parts = new ArrayList<>();
      while (next.find()) {
        parts.add(next.group().getBytes(StandardCharsets.ISO_8859_1));
      }
      return parts;
    }
  },
  /** Fields of a message. */
  PROTO {
    @Override
    public boolean is(byte[] bytes) {
      try {
        return bytes.length > 1 && cut(bytes).size() > 0;
      } catch (RuntimeException e) {
        return false;
      }
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      List<byte[]> parts = new ArrayList<>();
      while (in.hasRemaining()) {
        int start = in.position();
        long tag = varint(in);
        require(tag >>> 3 > 0 && tag >>> 3 < 1 << 12);
        switch ((int) tag & 7) {
          case 0 -> varint(in);
          case 1 -> in.getLong();
          case 2 -> next(in, Math.toIntExact(varint(in)));
          case 5 -> in.getInt();
          default -> require(false);
        }
        parts.add(Arrays.copyOfRange(bytes, start, in.position()));
      }
      return parts;
    }

    @Override
    public int inner(byte[] part) {
      ByteBuffer in = ByteBuffer.wrap(part);
      if ((varint(in) & 7) != 2) {
        return part.length;
      }
      varint(in);
      return in.position();
    }

    /** Its length is said before it. */
    @Override
    public byte[] with(byte[] part, byte[] inside) {
      ByteBuffer in = ByteBuffer.wrap(part);
      varint(in);
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      to.write(part, 0, in.position());
      for (int left = inside.length; ; left >>>= 7) {
        to.write(left < 128 ? left : left & 127 | 128);
        if (left < 128) {
          return concat(to.toByteArray(), inside);
        }
      }
    }
  },
  /** Whatever it is. */
  BYTES {
    @Override
    public boolean is(byte[] bytes) {
      return true;
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      return pieces(bytes, 4);
    }
  };
}
