package io.github.fdistill.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.InflaterInputStream;

/**
 * A text in a PNG. Programs that are older than its part eXIf put Exif into texts: ImageMagick as
 * "Raw profile type exif" (or APP1), in hexadecimal digits.
 *
 * @param data all of the part after the keyword
 */
record PngText(String type, String keyword, byte[] data) {
  /** Of a text, packed or unpacked: what a camera notes is far shorter. */
  private static final int MOST_BYTES = 1 << 20;

  /** The text that a part holds, if it is one. */
  static Optional<PngText> of(String type, ByteBuffer part) {
    if (!type.equals("tEXt") && !type.equals("zTXt") && !type.equals("iTXt")) {
      return Optional.empty();
    }
    byte[] bytes = new byte[Math.min(part.remaining(), MOST_BYTES)];
    part.duplicate().get(bytes);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    if (end == bytes.length) {
      return Optional.empty();
    }
    String keyword = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    return Optional.of(
        new PngText(type, keyword, Arrays.copyOfRange(bytes, end + 1, bytes.length)));
  }

  /** Of a raw profile of Exif; 0 where it is none, or damaged. */
  int orientationOfProfile() {
    if (!keyword.equals("Raw profile type exif") && !keyword.equals("Raw profile type APP1")) {
      return Exif.UNKNOWN;
    }
    // An empty line, the profile's name, its length, and lines of digits.
    String digits =
        new String(text(), StandardCharsets.ISO_8859_1)
            .strip()
            .lines()
            .skip(2)
            .map(String::strip)
            .collect(Collectors.joining());
    try {
      return Exif.orientation(ByteBuffer.wrap(HexFormat.of().parseHex(digits)));
    } catch (IllegalArgumentException e) {
      return Exif.UNKNOWN;
    }
  }

  int orientationOfXmp() {
    return keyword.equals("XML:com.adobe.xmp")
        ? Exif.orientationOfXmp(ByteBuffer.wrap(text()))
        : Exif.UNKNOWN;
  }

  private byte[] text() {
    try {
      return switch (type) {
        case "tEXt" -> data;
        case "zTXt" -> data.length < 1 ? data : inflated(1);
        default -> {
          int start = data.length < 2 ? data.length : afterZeros(2);
          yield data.length > 0 && data[0] == 1 ? inflated(start) : data;
        }
      };
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** Where the text of an iTXt begins: behind its language and the keyword in it. */
  private int afterZeros(int from) {
    int at = from;
    for (int zeros = 0; zeros < 2 && at < data.length; at++) {
      zeros += data[at] == 0 ? 1 : 0;
    }
    return at;
  }

  private byte[] inflated(int from) throws IOException {
    try (InputStream in =
        new InflaterInputStream(new ByteArrayInputStream(data, from, data.length - from))) {
      return in.readNBytes(MOST_BYTES);
    }
  }
}
