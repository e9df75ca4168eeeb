package io.github.fdistill;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** Files of arrays, made byte by byte. */
public final class MadeFiles {
  private MadeFiles() {}

  public static byte[] npy(String type, String shape, byte[] values) {
    String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer file =
        ByteBuffer.allocate(12 + text.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 2);
    return file.put((byte) 0).putInt(text.length).put(text).put(values).array();
  }

  static byte[] idx(int magic, int... dimensions) {
    int values = 1;
    for (int size : dimensions) {
      values *= size;
    }
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * dimensions.length + values).putInt(magic);
    for (int size : dimensions) {
      file.putInt(size);
    }
    return file.array();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      new ByteArrayInputStream(bytes).transferTo(gzip);
    }
    return out.toByteArray();
  }
}
