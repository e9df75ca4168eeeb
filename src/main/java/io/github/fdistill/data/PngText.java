package io.github.fdistill.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  private static final String XMP = "XML:com.adobe.xmp";
  private static final List<String> PROFILES =
      List.of("Raw profile type exif", "Raw profile type APP1");

  /** The text that a part holds, if it is one of a keyword that is looked for. */
  static Optional<PngText> of(String type, ByteBuffer part) {
    if (!type.equals("tEXt") && !type.equals("zTXt") && !type.equals("iTXt")) {
      return Optional.empty();
    }
    return Stream.concat(Stream.of(XMP), PROFILES.stream())
        .filter(keyword -> begins(part, keyword + "\0"))
        .map(keyword -> new PngText(type, keyword, after(part, keyword.length() + 1)))
        .findFirst();
  }

  private static boolean begins(ByteBuffer part, String with) {
    byte[] bytes = with.getBytes(StandardCharsets.ISO_8859_1);
    return part.remaining() >= bytes.length
        && part.slice(part.position(), bytes.length).equals(ByteBuffer.wrap(bytes));
  }

  private static byte[] after(ByteBuffer part, int start) {
    byte[] bytes = new byte[Math.min(part.remaining() - start, MOST_BYTES)];
    part.get(part.position() + start, bytes);
    return bytes;
  }

  /** Of a raw profile of Exif; 0 where it is none, or damaged. */
  int orientationOfProfile() {
    if (!PROFILES.contains(keyword)) {
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
    return keyword.equals(XMP) ? Exif.orientationOfXmp(ByteBuffer.wrap(text())) : Exif.UNKNOWN;
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
