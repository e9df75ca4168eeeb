package io.github.fdistill.hosting;

import com.google.protobuf.MessageLite;
import io.github.fdistill.wire.ApiException;
import io.grpc.Status;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Messages on a pipe: four bytes that say that here is one, the length in four bytes, high byte
 * first, then the message.
 */
final class Frames {
  /** What one message may have: a batch of requests, or what is answered to it. */
  static final int MOST_BYTES = 1 << 30;

  /** No text begins so. */
  private static final int BEGINNING = 0xfd157111;

  private Frames() {}

  /**
   * Refuses what would make a message too large, before it is made: Protocol Buffers count its size
   * in 32 bits, which overflow without a word.
   *
   * @param bytes that its values have
   * @throws ApiException when they are more than {@link #MOST_BYTES}
   */
  static void requireFit(long bytes) {
    if (bytes > MOST_BYTES) {
      throw new ApiException(
          Status.Code.RESOURCE_EXHAUSTED,
          "a batch of "
              + bytes
              + " bytes is too large: its inputs may have "
              + MOST_BYTES
              + ", and so may its outputs");
    }
  }

  /** What comes is no message; Java's own last words, say. */
  static final class NoFrame extends IOException {
    private static final long serialVersionUID = 1L;

    NoFrame(byte[] first) {
      super(new String(first, StandardCharsets.UTF_8));
    }
  }

  /**
   * Writes a message of at most {@link #MOST_BYTES}; one thread at a time.
   *
   * @throws IOException when nobody reads any more
   */
  static void write(DataOutputStream out, MessageLite message) throws IOException {
    out.writeInt(BEGINNING);
    out.writeInt(message.getSerializedSize());
    message.writeTo(out);
    out.flush();
  }

  /**
   * The next message's bytes; none at the end. Memory is taken as they come, whatever the length
   * says.
   *
   * @throws NoFrame with the first bytes, when what comes is no message
   * @throws IOException when one is cut short
   */
  static Optional<byte[]> read(DataInputStream in) throws IOException {
    byte[] head = in.readNBytes(2 * Integer.BYTES);
    if (head.length == 0) {
      return Optional.empty();
    }
    ByteBuffer numbers = ByteBuffer.wrap(Arrays.copyOf(head, 2 * Integer.BYTES));
    int first = numbers.getInt();
    int length = numbers.getInt();
    if (first != BEGINNING
        || head.length < 2 * Integer.BYTES
        || length < 0
        || length > MOST_BYTES) {
      throw new NoFrame(head);
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("a message is cut short");
    }
    return Optional.of(bytes);
  }
}
