package io.github.fdistill;

import static io.github.fdistill.Parts.begins;
import static io.github.fdistill.Parts.concat;
import static io.github.fdistill.Parts.next;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/** Pictures, of parts with a type each. */
enum PictureForm implements Form {
  /** Parts of type and data. */
  PNG {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "\u0089PNG");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      List<byte[]> parts = new ArrayList<>(List.of(next(in, 8)));
      while (in.hasRemaining()) {
        parts.add(next(in, 4 + in.getInt()));
        in.getInt();
      }
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      to.writeBytes(parts.get(0));
      for (byte[] part : parts.subList(1, parts.size())) {
        CRC32 sum = new CRC32();
        sum.update(part);
        ByteBuffer chunk = ByteBuffer.allocate(8 + part.length).putInt(part.length - 4).put(part);
        to.writeBytes(chunk.putInt((int) sum.getValue()).array());
      }
      return to.toByteArray();
    }

    /** The pixels, and texts, are compressed. */
    @Override
    public int inner(byte[] part) {
      boolean text = begins(part, 0, "zTXt");
      for (int i = 4; text && i < part.length - 2; i++) {
        if (part[i] == 0) {
          return i + 2;
        }
      }
      return begins(part, 0, "IDAT") ? 4 : part.length;
    }
  },
  /** Likewise, in the other order of bytes. */
  RIFF {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "RIFF");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      List<byte[]> parts = new ArrayList<>(List.of(next(in, 12)));
      while (in.remaining() >= 8) {
        byte[] type = next(in, 4);
        int length = in.getInt();
        parts.add(concat(type, next(in, length)));
        in.position(Math.min(in.limit(), in.position() + length % 2));
      }
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      for (byte[] part : parts.subList(1, parts.size())) {
        int length = part.length - 4;
        ByteBuffer chunk = ByteBuffer.allocate(8 + length + Math.abs(length % 2));
        chunk.order(ByteOrder.LITTLE_ENDIAN).put(part, 0, 4).putInt(length).put(part, 4, length);
        to.writeBytes(chunk.array());
      }
      byte[] head = Arrays.copyOf(parts.get(0), 12);
      ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 4 + to.size());
      return concat(head, to.toByteArray());
    }
  },
  /** Segments of marker and data, then the pixels. */
  JPEG {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "\u00ff\u00d8\u00ff");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      List<byte[]> parts = new ArrayList<>(List.of(next(in, 2)));
      while (in.get(in.position() + 1) != (byte) 0xda) {
        byte[] marker = next(in, 2);
        parts.add(concat(marker, next(in, Short.toUnsignedInt(in.getShort()) - 2)));
      }
      parts.add(next(in, in.remaining()));
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      for (byte[] part : parts) {
        boolean segment = part.length > 2 && part[1] != (byte) 0xda;
        int length = part.length;
        to.write(part, 0, Math.min(2, length));
        to.writeBytes(segment ? new byte[] {(byte) (length >> 8), (byte) length} : new byte[0]);
        to.write(part, Math.min(2, length), Math.max(0, length - 2));
      }
      return to.toByteArray();
    }
  };
}
