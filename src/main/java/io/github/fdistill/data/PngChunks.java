package io.github.fdistill.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The parts of a PNG file that are asked for: of others, however many there are, nothing is kept.
 *
 * @param last of each type, the last
 * @param texts by their keywords, the first of each
 */
record PngChunks(String where, Map<String, ByteBuffer> last, Map<String, PngText> texts) {
  private static final Set<String> TYPES = Set.of("IHDR", "PLTE", "tRNS", "acTL", "eXIf", "IDAT");

  static final int SIGNATURE_BYTES = 8;

  /**
   * Cuts a file into its parts and checks all their checksums.
   *
   * @param whole whether the bytes are those of the whole file; else they end at the first IDAT
   * @throws io.github.fdistill.InputException if one is damaged, or the end is missing
   */
  static PngChunks of(String where, byte[] bytes, boolean whole) {
    PngChunks chunks = new PngChunks(where, new HashMap<>(), new LinkedHashMap<>());
    ByteBuffer in = ByteBuffer.wrap(bytes).position(SIGNATURE_BYTES);
    String type = "";
    while (!type.equals("IEND")) {
      int length = in.remaining() < 12 ? -1 : in.getInt();
      if (length < 0 || length > in.remaining() - 8) {
        throw Picture.damaged(where, "cut short after " + bytes.length + " bytes", null);
      }
      int start = in.position();
      type = new String(bytes, start, 4, StandardCharsets.ISO_8859_1);
      CRC32 sum = new CRC32();
      sum.update(bytes, start, 4 + length);
      if ((int) sum.getValue() != in.getInt(start + 4 + length)) {
        throw Picture.damaged(where, "the checksum of its part " + type + " is wrong", null);
      }
      chunks.put(type, in.slice(start + 4, length));
      in.position(start + 4 + length + 4);
      if (!whole && startsWithPixels(in)) {
        break;
      }
    }
    if (type.equals("IEND") && chunks.find("IDAT").isEmpty()) {
      throw Picture.damaged(where, "it has no pixels", null);
    }
    return chunks;
  }

  private static boolean startsWithPixels(ByteBuffer in) {
    return in.remaining() >= 8 && in.getInt(in.position() + 4) == 0x49444154; // "IDAT"
  }

  private void put(String type, ByteBuffer data) {
    if (TYPES.contains(type)) {
      last.put(type, data);
    }
    PngText.of(type, data).ifPresent(text -> texts.putIfAbsent(text.keyword(), text));
  }

  /** The last part of one of the types that are kept. */
  Optional<ByteBuffer> find(String type) {
    return Optional.ofNullable(last.get(type));
  }

  /** What the note of a camera says, in whichever of the three places it stands. */
  Orientation orientation() {
    int exif = find("eXIf").map(Exif::orientation).orElse(Exif.UNKNOWN);
    int profile = Exif.UNKNOWN;
    int xmp = Exif.UNKNOWN;
    for (PngText text : texts.values()) {
      profile = profile == Exif.UNKNOWN ? text.orientationOfProfile() : profile;
      xmp = xmp == Exif.UNKNOWN ? text.orientationOfXmp() : xmp;
    }
    return Orientation.of(exif, profile, xmp);
  }
}
