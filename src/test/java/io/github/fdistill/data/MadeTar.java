package io.github.fdistill.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Tar archives, made in memory. */
final class MadeTar {
  private MadeTar() {}

  /**
   * Of plain files.
   *
   * @param namesAndContents in turn, each a text or bytes
   */
  static byte[] tar(Object... namesAndContents) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndContents.length; i += 2) {
      byte[] content = bytes(namesAndContents[i + 1]);
      byte[] header = new byte[512];
      byte[] name = bytes(namesAndContents[i]);
      System.arraycopy(name, 0, header, 0, name.length);
      field(header, 124, String.format("%011o", content.length));
      field(header, 148, "        ");
      header[156] = '0';
      field(header, 257, "ustar");
      int sum = 0;
      for (byte b : header) {
        sum += Byte.toUnsignedInt(b);
      }
      field(header, 148, String.format("%06o", sum) + "\0 ");
      out.write(header);
      out.write(content);
      out.write(new byte[(512 - content.length % 512) % 512]);
    }
    out.write(new byte[1024]);
    return out.toByteArray();
  }

  private static byte[] bytes(Object textOrBytes) {
    return textOrBytes instanceof String text
        ? text.getBytes(StandardCharsets.UTF_8)
        : (byte[]) textOrBytes;
  }

  private static void field(byte[] header, int at, String text) {
    System.arraycopy(text.getBytes(StandardCharsets.ISO_8859_1), 0, header, at, text.length());
  }
}
