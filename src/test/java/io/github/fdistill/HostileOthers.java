package io.github.fdistill;

import static io.github.fdistill.HostileFiles.filled;
import static io.github.fdistill.HostileFiles.filledByNumber;

import io.github.fdistill.journal.TfRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Pictures, notes and messages that are made to take much memory for their size. */
final class HostileOthers {
  /** What is read as text takes long for its size, and is refused by the same count. */
  private static final int MOST_TEXT = 1_000_000;

  private HostileOthers() {}

  static List<byte[]> of(Readers reader, int bytes) throws IOException {
    int some = Math.min(bytes, MOST_TEXT);
    return switch (reader) {
      case GIF -> List.of(gif(bytes, 20_000), gif(bytes, 65_535), filled(bytes, "GIF8"));
      case BMP -> List.of(bmp(bytes, 20_000), bmp(bytes, Integer.MAX_VALUE), filled(bytes, "BM"));
      case TIFF -> List.of(tiff(bytes, 20_000), tiff(bytes, -1), filled(bytes, "II*\0"));
      case WEBP -> List.of(webp(bytes, 16_383), webp(bytes, 999), filled(bytes, "RIFF"));
      case SPECIAL_TOKENS, TOKENIZER_CONFIG, SCHEDULER, CLIP, CAPTION_JSON, SURVEY ->
          List.of(
              filled(bytes, "["),
              filled(some, "{\"caption\":"),
              filledByNumber(some, "{\"%d\":1,"));
      case LIKE -> List.of(filled(bytes, "unet{"), filled(bytes, "unet{}"), filled(bytes, "#"));
      case ROWS ->
          List.of(
              MadeFiles.npy("<f4", "1, 16777217", new byte[bytes]),
              MadeFiles.npy("<f8", bytes / 8 + ", 1", new byte[bytes / 8 * 8]),
              MadeFiles.npy("<f4", "1, ".repeat(some / 3), new byte[4]));
      case TF_CONFIG, SLURM ->
          List.of(
              filled(some, "["),
              filled(some, "{\"cluster\":"),
              "SLURM_STEP_NODELIST=a[1-999999999],".repeat(some / 36).getBytes(US));
      case STATISTICS -> List.of(filled(bytes, "a"), filled(bytes, "\n"));
      case MODEL_ANSWER -> List.of(framed(bytes), filled(bytes, "\u00fd\u0015q\u0011"));
      case EVENTS -> List.of(record(5, bytes));
      case WARM_UP -> List.of(record(6, bytes));
      case WORKER_CALL -> List.of(filled(bytes, "\0\0\u003f\0\0"), filled(bytes, "\0"));
      default ->
          List.of(filled(some, "\n"), filled(some, "a"), filled(some, "[\"\","), new byte[some]);
    };
  }

  private static final java.nio.charset.Charset US = StandardCharsets.US_ASCII;

  private static ByteBuffer file(int bytes) {
    return ByteBuffer.allocate(Math.max(200, bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A picture of so many pixels a side, and codes that make many of one. */
  private static byte[] gif(int bytes, int side) {
    ByteBuffer file = file(bytes).put("GIF89a".getBytes(US));
    file.putShort((short) side).putShort((short) side).put(new byte[] {0, 0, 0});
    file.put((byte) ',').putInt(0).putShort((short) side).putShort((short) side).put((byte) 0);
    file.put((byte) 2);
    while (file.remaining() > 256) {
      file.put((byte) 255).put(new byte[255]);
    }
    return file.array();
  }

  private static byte[] bmp(int bytes, int side) {
    ByteBuffer file = file(bytes).put("BM".getBytes(US)).putInt(bytes).putInt(0).putInt(54);
    file.putInt(40).putInt(side).putInt(side).putShort((short) 1).putShort((short) 24);
    return file.array();
  }

  /** One directory, whose strips lie anywhere. */
  private static byte[] tiff(int bytes, int side) {
    ByteBuffer file = file(bytes).put("II*\0".getBytes(US)).putInt(8).putShort((short) 8);
    int[][] entries = {
      {256, 4, 1, side}, {257, 4, 1, side}, {258, 3, 1, 8}, {259, 3, 1, 1},
      {262, 3, 1, 1}, {273, 4, 1 << 28, 8}, {278, 4, 1, 1}, {279, 4, 1 << 28, 8}
    };
    for (int[] entry : entries) {
      file.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]).putInt(entry[3]);
    }
    return file.array();
  }

  /** Pixels that need no bits. */
  private static byte[] webp(int bytes, int side) {
    ByteBuffer file = file(bytes).put("RIFF".getBytes(US)).putInt(Math.max(200, bytes) - 8);
    file.put("WEBPVP8L".getBytes(US)).putInt(Math.max(200, bytes) - 20).put((byte) 0x2f);
    return file.putInt(side | side << 14).array();
  }

  /** One of empty messages, within the first of another. */
  private static byte[] record(int field, int bytes) throws IOException {
    byte[] many = HostileFiles.repeated(bytes / 2 * 2, 3);
    byte[] values = HostileFiles.repeated(bytes / 2 * 2, 1);
    byte[] inner = field == 6 ? HostileFiles.delimited(1, many) : values;
    return TfRecord.of(HostileFiles.delimited(field, inner));
  }

  private static byte[] framed(int bytes) {
    ByteBuffer frame = ByteBuffer.allocate(Math.max(16, bytes)).putInt(0xfd157111);
    frame.putInt(frame.capacity() - 8).put(HostileFiles.repeated(frame.capacity() - 8, 4));
    return frame.array();
  }
}
