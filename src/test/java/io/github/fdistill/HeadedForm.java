package io.github.fdistill;

import static io.github.fdistill.Parts.begins;
import static io.github.fdistill.Parts.concat;
import static io.github.fdistill.Parts.headed;
import static io.github.fdistill.Parts.masked;
import static io.github.fdistill.Parts.next;
import static io.github.fdistill.Parts.unheaded;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** What has a head, or heads, with a length. */
enum HeadedForm implements Form {
  /** A head of text whose length is said, and the values. */
  NPY {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "\u0093NUMPY\u0002");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      return headed(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), 8);
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      return unheaded(parts, 8, 4);
    }
  },
  SAFETENSORS {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 2, "\0\0\0\0\0\0{");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      List<byte[]> parts = new ArrayList<>(List.of(new byte[0]));
      int length = (int) in.getLong();
      parts.add(next(in, length));
      parts.add(next(in, in.remaining()));
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      return unheaded(parts, 0, 8);
    }
  },
  /** Records of TensorFlow's, with two sums each. */
  RECORDS {
    @Override
    public boolean is(byte[] bytes) {
      return bytes.length > 16
          && masked(bytes, 0, 8) == ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(8);
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      List<byte[]> parts = new ArrayList<>();
      while (in.hasRemaining()) {
        int length = (int) in.getLong();
        in.getInt();
        parts.add(next(in, length));
        in.getInt();
      }
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      for (byte[] part : parts) {
        ByteBuffer record =
            ByteBuffer.allocate(16 + part.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(part.length);
        record.putInt(masked(record.array(), 0, 8)).put(part);
        to.writeBytes(record.putInt(masked(part, 0, part.length)).array());
      }
      return to.toByteArray();
    }

    @Override
    public int inner(byte[] part) {
      return 0;
    }
  },
  /** Lines of a head, and a body whose length is one of them. */
  HTTP {
    private final Pattern length = Pattern.compile("(?i)content-length: \\d+\r\n");

    @Override
    public boolean is(byte[] bytes) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      return text.lines().findFirst().orElse("").contains("HTTP/1.") && text.contains("\r\n\r\n");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      int body = text.indexOf("\r\n\r\n") + 4;
      List<byte[]> parts = new ArrayList<>();
      for (String line : text.substring(0, body).split("(?<=\n)")) {
        parts.add(line.getBytes(StandardCharsets.ISO_8859_1));
      }
      parts.add(Arrays.copyOfRange(bytes, body, bytes.length));
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      int body = parts.get(parts.size() - 1).length;
      String text = new String(concat(parts.toArray(byte[][]::new)), StandardCharsets.ISO_8859_1);
      return length
          .matcher(text)
          .replaceAll("Content-Length: " + body + "\r\n")
          .getBytes(StandardCharsets.ISO_8859_1);
    }
  },
  /** Frames behind a preface. */
  HTTP2 {
    private static final int PREFACE = 24;

    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "PRI * HTTP/2.0");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      List<byte[]> parts = new ArrayList<>(List.of(next(in, PREFACE)));
      while (in.hasRemaining()) {
        int length = Byte.toUnsignedInt(in.get()) << 16 | Short.toUnsignedInt(in.getShort());
        parts.add(next(in, 6 + length));
      }
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      to.writeBytes(parts.get(0));
      for (byte[] part : parts.subList(1, parts.size())) {
        int length = part.length - 6;
        to.writeBytes(new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length});
        to.writeBytes(part);
      }
      return to.toByteArray();
    }

    /** A message of gRPC's has its length before it. */
    @Override
    public int inner(byte[] part) {
      return part[0] == 0 ? 11 : 6;
    }
  };
}
