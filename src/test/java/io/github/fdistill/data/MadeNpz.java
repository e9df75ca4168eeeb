package io.github.fdistill.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Arrays in a .npz file. */
final class MadeNpz {
  private MadeNpz() {}

  /** A file in it. */
  record Array(String name, byte[] bytes) {}

  /**
   * An array of bytes.
   *
   * @param type of its header, whatever the bytes are; of several numbers together a list
   */
  static Array array(String name, String type, String shape, int... bytes) {
    String descr = type.startsWith("[") ? type : "'" + type + "'";
    String text = "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }";
    String padded = text + " ".repeat(117 - text.length()) + "\n";
    byte[] head = ("\u0093NUMPY\1\0\166\0" + padded).getBytes(StandardCharsets.ISO_8859_1);
    byte[] whole = Arrays.copyOf(head, head.length + bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      whole[head.length + i] = (byte) bytes[i];
    }
    return new Array(name, whole);
  }

  static Path write(Path npz, Array... arrays) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(npz))) {
      for (Array array : arrays) {
        out.putNextEntry(new ZipEntry(array.name));
        out.write(array.bytes);
        out.closeEntry();
      }
    }
    return npz;
  }
}
