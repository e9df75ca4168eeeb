package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What goes through a {@link Link}: a byte for its kind, an int for its length, and so much. */
record Message(Kind kind, byte[] body) {
  private static final int MOST_BYTES = 1 << 22;

  /** Of each part of a refusal. */
  private static final int MOST_LETTERS = 1 << 14;

  /** Between the parts of a refusal; none has it, for it would not be shown. */
  private static final String BETWEEN = "\0";

  enum Kind {
    /** Who a worker is; the first message. */
    HELLO,
    /** The answer to it. */
    WELCOME,
    /** The other answer, with why. */
    REFUSED,
    /** That a worker is there; every second. */
    BEAT,
    /** What the first worker wants done. */
    ORDER,
    /** What a worker tells the first. */
    REPORT,
    /** Who has failed, and how. */
    FAILED,
    /** That all is done. */
    BYE,
    /** Who has refused what it is to do, and why. */
    UNFIT,
    /** What the first worker is to write down. */
    NOTE,
    /** That TensorFlow listens on all workers. */
    SERVED
  }

  private static final Kind[] KINDS = Kind.values();

  static Message of(Kind kind, String text) {
    return new Message(kind, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Why a worker, or all, cannot go on. */
  static Message of(Kind kind, InputException why) {
    return of(
        kind,
        Stream.of(why.where(), why.found(), why.needed(), why.remedy())
            .map(Message::shown)
            .collect(Collectors.joining(BETWEEN)));
  }

  /**
   * What such a message tells.
   *
   * @param from who sends it, where it does not say
   */
  InputException why(String from) {
    String[] parts = Stream.of(text().split(BETWEEN, 4)).map(Message::shown).toArray(String[]::new);
    return parts.length == 4
        ? new InputException(parts[0], parts[1], parts[2], parts[3])
        : new InputException(from, text(), "all workers", "see what it says of itself");
  }

  private static String shown(String text) {
    return Shown.text(text.substring(0, Math.min(MOST_LETTERS, text.length())));
  }

  /** Of lines of a text, whole ones, as many as a message can hold. */
  static Message ofLines(Kind kind, String lines) {
    byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
    int end = Math.min(bytes.length, MOST_BYTES);
    while (end < bytes.length && end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return new Message(kind, Arrays.copyOf(bytes, end));
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  void write(DataOutputStream out) throws IOException {
    if (body.length > MOST_BYTES) {
      throw new IllegalArgumentException(kind + " of " + body.length + " bytes");
    }
    out.writeByte(kind.ordinal());
    out.writeInt(body.length);
    out.write(body);
    out.flush();
  }

  /**
   * @throws IOException also when it is no message
   */
  static Message read(DataInputStream in) throws IOException {
    int kind = in.readUnsignedByte();
    int length = in.readInt();
    if (kind >= KINDS.length || length < 0 || length > MOST_BYTES) {
      throw new IOException("what it sends is no message of fdistill's");
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new IOException("a message that ends too early");
    }
    return new Message(KINDS[kind], body);
  }
}
