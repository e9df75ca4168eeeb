package io.github.fdistill.workers;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Numbers that a worker tells the first, as messages. */
final class Numbers {
  /** Floats of a message, at most. */
  private static final int PIECE = 1 << 19;

  private Numbers() {}

  /** A few of them. */
  static Message few(double... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * numbers.length);
    bytes.asDoubleBuffer().put(numbers);
    return new Message(Message.Kind.REPORT, bytes.array());
  }

  /** What {@link #few} told, so many. */
  static double[] few(Message message, int count) {
    double[] numbers = new double[count];
    if (message.body().length != Double.BYTES * count) {
      throw new IllegalStateException("a report of " + message.body().length + " bytes");
    }
    ByteBuffer.wrap(message.body()).asDoubleBuffer().get(numbers);
    return numbers;
  }

  /** Any number of them, in pieces. */
  static List<Message> many(float[] numbers) {
    List<Message> pieces = new ArrayList<>();
    for (int from = 0; from < numbers.length; from += PIECE) {
      int count = Math.min(PIECE, numbers.length - from);
      ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * count);
      bytes.asFloatBuffer().put(numbers, from, count);
      pieces.add(new Message(Message.Kind.REPORT, bytes.array()));
    }
    return pieces;
  }

  /**
   * Takes a piece of what {@link #many} told.
   *
   * @param next where it belongs
   * @param end of all pieces
   * @return where the next one belongs
   */
  static int take(Message piece, float[] into, int next, int end) {
    int count = Math.min(PIECE, end - next);
    if (piece.body().length != Float.BYTES * count) {
      throw new IllegalStateException("a piece of " + piece.body().length + " bytes");
    }
    ByteBuffer.wrap(piece.body()).asFloatBuffer().get(into, next, count);
    return next + count;
  }
}
