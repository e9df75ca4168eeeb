package io.github.fdistill.data;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of a tar archive, one after another, by the header in front of each. */
final class TarHeaders {
  private static final int BLOCK = 512;

  /** Of a long name, or of what pax says of a file. */
  private static final int MOST_BYTES = 1 << 20;

  private static final Pattern PAX = Pattern.compile("(\\d{1,7}) ([^=\n]+)=");

  private final Path path;
  private final InputStream in;
  private final byte[] header = new byte[BLOCK];

  /** Bytes read so far. */
  private long at;

  /** Bytes of the present file that are not read. */
  private long left;

  private long padding;

  /** Of the present file; of one whose name is too long, as much of it as fits. */
  private byte[] ownName;

  private String name;
  private long size;
  private char type;

  private boolean hasEnd;

  TarHeaders(Path path, InputStream in) {
    this.path = path;
    this.in = in;
  }

  /** Whether the end was reached, and is one of zeros: some programs write none. */
  boolean hasEnd() {
    return hasEnd;
  }

  /** Goes on to the next file or folder; false at the end. */
  boolean next() throws IOException {
    byte[] longName = null;
    long longSize = -1;
    while (true) {
      skip(left + padding);
      if (!readHeader()) {
        return false;
      }
      if (type == 'L') {
        byte[] content = content();
        longName = Arrays.copyOf(content, end(content, 0, content.length));
      } else if (type == 'x') {
        byte[] pax = content();
        byte[] path = pax(pax, "path");
        byte[] bytes = pax(pax, "size");
        longName = path == null ? longName : path;
        longSize = bytes == null ? longSize : number(latin(bytes));
      } else if (type != 'g' && type != 'K') {
        name = ArchiveName.text(path, longName == null ? ownName : longName);
        if (longSize >= 0) {
          hasSize(longSize);
        }
        return true;
      }
    }
  }

  boolean isFile() {
    return type == '0' || type == 0 || type == '7';
  }

  boolean isLink() {
    return type == '1' || type == '2';
  }

  boolean isFolder() {
    return type == '5';
  }

  String name() {
    return name;
  }

  long size() {
    return size;
  }

  /** Where the file begins in the archive. */
  long position() {
    return at;
  }

  /** The whole file, which can be had once. */
  byte[] content() throws IOException {
    int most = type == 'L' || type == 'x' ? MOST_BYTES : NamedFiles.MOST_BYTES;
    if (size > most) {
      throw ArchiveName.damaged(path, "a part of " + size + " bytes", null);
    }
    byte[] bytes = in.readNBytes((int) size);
    at += bytes.length;
    left = 0;
    if (bytes.length < size) {
      throw ArchiveName.damaged(path, "cut short", null);
    }
    return bytes;
  }

  private boolean readHeader() throws IOException {
    int read = in.readNBytes(header, 0, BLOCK);
    at += read;
    hasEnd = read == BLOCK && isZero();
    if (read == 0 || hasEnd) {
      return false;
    }
    if (read < BLOCK) {
      throw ArchiveName.damaged(path, "cut short", null);
    }
    if (!hasChecksum()) {
      throw ArchiveName.damaged(path, "no header of a file at byte " + (at - BLOCK), null);
    }
    boolean posix = new String(header, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar");
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    if (posix && header[262] == 0 && header[345] != 0) { // GNU's has dates there.
      whole.write(header, 345, end(header, 345, 155) - 345);
      whole.write('/');
    }
    whole.write(header, 0, end(header, 0, 100));
    ownName = whole.toByteArray();
    type = (char) header[156];
    hasSize((header[124] & 0x80) != 0 ? binary() : octal(124, 12));
    return true;
  }

  private void hasSize(long bytes) {
    if (bytes < 0 || bytes > Long.MAX_VALUE - at - BLOCK) {
      throw ArchiveName.damaged(path, "a size that is none, of " + latin(ownName), null);
    }
    size = bytes;
    left = bytes;
    padding = (BLOCK - bytes % BLOCK) % BLOCK;
  }

  private boolean isZero() {
    for (byte b : header) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** The sum of all bytes, those of the sum itself as blanks. */
  private boolean hasChecksum() {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : Byte.toUnsignedInt(header[i]);
    }
    return sum == octal(148, 8);
  }

  private long octal(int start, int length) {
    byte[] field = Arrays.copyOfRange(header, start, end(header, start, length));
    String digits = latin(field).strip();
    return digits.matches("[0-7]{1,20}") ? Long.parseLong(digits, 8) : digits.isEmpty() ? 0 : -1;
  }

  /** GNU's way of sizes beyond 8 GiB. */
  private long binary() {
    long value = 0;
    for (int i = 128; i < 136; i++) {
      value = value << 8 | Byte.toUnsignedInt(header[i]);
    }
    return value;
  }

  /** Where a text ends: at the first 0, or with its place. */
  private static int end(byte[] bytes, int start, int length) {
    int end = start;
    while (end < start + length && bytes[end] != 0) {
      end++;
    }
    return end;
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private long number(String digits) {
    if (!digits.matches("\\d{1,18}")) {
      throw ArchiveName.damaged(path, "a size that is none: " + digits, null);
    }
    return Long.parseLong(digits);
  }

  /** A value of records "LENGTH KEY=VALUE\n"; null where there is none. */
  private byte[] pax(byte[] records, String key) {
    String text = latin(records);
    byte[] value = null;
    Matcher record = PAX.matcher(text);
    int start = 0;
    while (start < text.length() && record.region(start, text.length()).lookingAt()) {
      int length = Integer.parseInt(record.group(1));
      int end = start + length - 1;
      if (end >= text.length() || end < record.end()) {
        throw ArchiveName.damaged(path, "a record of pax that is none", null);
      }
      if (record.group(2).equals(key)) {
        value = Arrays.copyOfRange(records, record.end(), end);
      }
      start += length;
    }
    return value;
  }

  private void skip(long bytes) throws IOException {
    try {
      in.skipNBytes(bytes);
    } catch (EOFException e) {
      throw ArchiveName.damaged(path, "cut short", e);
    }
    at += bytes;
    left = 0;
    padding = 0;
  }
}
