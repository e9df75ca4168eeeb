package io.github.fdistill.journal;

import com.google.protobuf.Message;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.MessageWeight;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Records as TensorFlow lays them in a file, one after the other, every number little-endian:
 *
 * <pre>
 * length    8 bytes
 * check     4 bytes, of the 8 before
 * data      length bytes
 * check     4 bytes, of the data
 *
 * check(x) = rotated(crc) + 0xa282ead8,   crc = CRC-32C(x), rotated right by 15 bits
 * </pre>
 */
public final class TfRecord {
  private static final int LENGTH_BYTES = Long.BYTES;
  private static final int CHECK_BYTES = Integer.BYTES;
  private static final int HEAD_BYTES = LENGTH_BYTES + CHECK_BYTES;

  /** Twice as many are held while it is read. */
  private static final long MOST_BYTES = FileKind.TF_RECORD.mostHeld(Integer.MAX_VALUE) / 2;

  private TfRecord() {}

  /** A record that says it has more bytes than one may have. */
  public static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;

    private TooLarge(long bytes) {
      super(
          "a record of "
              + Long.toUnsignedString(bytes)
              + " bytes, more than the "
              + MOST_BYTES
              + " that one may have here");
    }
  }

  /** The bytes of one record. */
  public static byte[] of(byte[] data) {
    byte[] record = new byte[HEAD_BYTES + data.length + CHECK_BYTES];
    ByteBuffer.wrap(record)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(data.length)
        .putInt(check(record, LENGTH_BYTES))
        .put(data)
        .putInt(check(data, data.length));
    return record;
  }

  /**
   * The data of the next record; none at the end, or where the next one is cut short or damaged:
   * nothing after that can be read.
   *
   * @param in stands at the start of a record; is left anywhere where there is none
   * @throws TooLarge where the next one has more bytes than there is room for
   */
  public static Optional<byte[]> read(InputStream in) throws IOException {
    byte[] head = in.readNBytes(HEAD_BYTES);
    if (head.length < HEAD_BYTES || number(head, LENGTH_BYTES) != check(head, LENGTH_BYTES)) {
      return Optional.empty();
    }
    long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (Long.compareUnsigned(length, MOST_BYTES) > 0) {
      throw new TooLarge(length);
    }
    // Allocates as it reads: a length that is wrong costs no more than what the file holds.
    byte[] data = in.readNBytes((int) length);
    byte[] foot = in.readNBytes(CHECK_BYTES);
    boolean whole = foot.length == CHECK_BYTES && number(foot, 0) == check(data, data.length);
    return whole ? Optional.of(data) : Optional.empty();
  }

  private static int number(byte[] bytes, int offset) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
  }

  private static int check(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  /**
   * The message that a record's bytes are, where that is no heavier than a record may be.
   *
   * @param like any message of its type
   * @throws com.google.protobuf.InvalidProtocolBufferException when it is heavier, or no such
   *     message
   */
  public static <M extends Message> M message(byte[] record, M like) throws IOException {
    return MessageWeight.parsed(record, like, FileKind.TF_RECORD.mostHeld(record.length));
  }
}
