package io.github.fdistill.workers;

import java.nio.ByteBuffer;

/**
 * What the first worker wants done by all.
 *
 * @param numbers as the kind has them
 * @param body as the kind has it
 */
public record Order(Kind kind, long[] numbers, byte[] body) {
  /** Longs that any kind has. */
  private static final int NUMBERS = 2;

  /** What is wanted. */
  public enum Kind {
    /** To build a training: its first step and its end; its settings. */
    BUILD,
    /** To take the state that the first worker has. */
    SHARE,
    /** To make a step: its number. */
    STEP,
    /** To take the share of a vector that the first worker gives: its number. */
    GIVE,
    /** To give the share of a vector that the first worker puts together: its number. */
    GATHER,
    /** To draw a share of images: as the drawing has the numbers. */
    DRAW,
    /** To end the training that was built last. */
    DONE,
    /** To end; 1 where the run is finished. */
    END
  }

  private static final Kind[] KINDS = Kind.values();

  /** An order with a number. */
  public static Order of(Kind kind, long number) {
    return new Order(kind, new long[] {number, 0}, new byte[0]);
  }

  /** To build a training. */
  public static Order build(long first, long end, byte[] settings) {
    return new Order(Kind.BUILD, new long[] {first, end}, settings);
  }

  Message message() {
    ByteBuffer bytes = ByteBuffer.allocate(1 + NUMBERS * Long.BYTES + body.length);
    bytes.put((byte) kind.ordinal());
    for (long number : numbers) {
      bytes.putLong(number);
    }
    return new Message(Message.Kind.ORDER, bytes.put(body).array());
  }

  /** What a message says; the first worker is of this program and version. */
  static Order of(Message message) {
    ByteBuffer bytes = ByteBuffer.wrap(message.body());
    Kind kind = KINDS[bytes.get()];
    long[] numbers = {bytes.getLong(), bytes.getLong()};
    byte[] body = new byte[bytes.remaining()];
    bytes.get(body);
    return new Order(kind, numbers, body);
  }
}
