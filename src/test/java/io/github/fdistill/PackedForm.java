package io.github.fdistill;

import static io.github.fdistill.Parts.begins;
import static io.github.fdistill.Parts.concat;
import static io.github.fdistill.Parts.pieces;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** What holds others, packed. */
enum PackedForm implements Form {
  /** Entries of a name, a zero and what is in it. */
  ZIP {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "PK\u0003\u0004");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) throws IOException {
      List<byte[]> parts = new ArrayList<>();
      try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(bytes))) {
        for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
          byte[] name = (entry.getName() + "\0").getBytes(StandardCharsets.UTF_8);
          parts.add(concat(name, in.readNBytes(MOST)));
        }
      }
      return parts;
    }

    @Override
    public byte[] join(List<byte[]> parts) throws IOException {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      try (ZipOutputStream zip = new ZipOutputStream(to)) {
        zip.setMethod(parts.size() % 2 == 0 ? ZipOutputStream.DEFLATED : ZipOutputStream.STORED);
        for (byte[] part : parts) {
          int name = inner(part) - 1;
          ZipEntry entry = new ZipEntry(new String(part, 0, name, StandardCharsets.UTF_8));
          CRC32 sum = new CRC32();
          sum.update(part, name + 1, part.length - name - 1);
          entry.setCrc(sum.getValue());
          entry.setSize(part.length - name - 1);
          zip.putNextEntry(entry);
          zip.write(part, name + 1, part.length - name - 1);
        }
      }
      return to.toByteArray();
    }

    @Override
    public int inner(byte[] part) {
      return new String(part, StandardCharsets.ISO_8859_1).indexOf('\0') + 1;
    }
  },
  /** One part, compressed. */
  GZIP {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "\u001f\u008b\u0008");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) throws IOException {
      return List.of(new GZIPInputStream(new ByteArrayInputStream(bytes)).readNBytes(MOST));
    }

    @Override
    public byte[] join(List<byte[]> parts) throws IOException {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      try (GZIPOutputStream out = new GZIPOutputStream(to)) {
        out.write(concat(parts.toArray(byte[][]::new)));
      }
      return to.toByteArray();
    }

    @Override
    public int inner(byte[] part) {
      return 0;
    }
  },
  /** The same without a head. */
  ZLIB {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 0, "x\u009c") || begins(bytes, 0, "x\u00da");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) throws IOException {
      return List.of(new InflaterInputStream(new ByteArrayInputStream(bytes)).readNBytes(MOST));
    }

    @Override
    public byte[] join(List<byte[]> parts) throws IOException {
      ByteArrayOutputStream to = new ByteArrayOutputStream();
      try (DeflaterOutputStream out = new DeflaterOutputStream(to)) {
        out.write(concat(parts.toArray(byte[][]::new)));
      }
      return to.toByteArray();
    }

    @Override
    public int inner(byte[] part) {
      return 0;
    }
  },
  /** Blocks, of which heads have a sum. */
  TAR {
    @Override
    public boolean is(byte[] bytes) {
      return begins(bytes, 257, "ustar");
    }

    @Override
    public List<byte[]> cut(byte[] bytes) {
      return pieces(bytes, 512);
    }

    @Override
    public byte[] join(List<byte[]> parts) {
      List<byte[]> right = new ArrayList<>();
      for (byte[] part : parts) {
        byte[] block = part.clone();
        if (is(block) && block.length == 512) {
          Arrays.fill(block, 148, 156, (byte) ' ');
          int sum = 0;
          for (byte b : block) {
            sum += b & 0xff;
          }
          byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
          System.arraycopy(text, 0, block, 148, 8);
        }
        right.add(block);
      }
      return concat(right.toArray(byte[][]::new));
    }
  };

  /** More of one part is not looked at. */
  private static final int MOST = 1 << 20;
}
