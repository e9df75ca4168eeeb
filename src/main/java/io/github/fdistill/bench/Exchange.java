package io.github.fdistill.bench;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.workers.Sums;
import java.util.Optional;
import org.tensorflow.GraphOperation;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;

/**
 * What all workers send each other of one vector, around a ring: each worker sends a part of it to
 * the next, which sends it on.
 *
 * @param numbers of the whole vector
 */
public record Exchange(Kind kind, long numbers) {
  /** How. */
  public enum Kind {
    /** Of float32: each part goes round once to be added up, and once more whole. */
    SUM(Float.BYTES, 2),
    /** The same of bfloat16. */
    ROUNDED_SUM(Short.BYTES, 2),
    /** Each worker's float32 part goes round once. */
    GATHERING(Float.BYTES, 1);

    private final int numberBytes;
    private final int rounds;

    Kind(int numberBytes, int rounds) {
      this.numberBytes = numberBytes;
      this.rounds = rounds;
    }
  }

  /** What an operation is, if it is one of these. */
  static Optional<Exchange> of(GraphOperation op) {
    Kind kind;
    if (op.type().equals(Sums.GATHERING)) {
      kind = Kind.GATHERING;
    } else if (!op.type().equals(Sums.SUM)) {
      return Optional.empty();
    } else if (op.<TBfloat16>output(0).type() == TBfloat16.class) {
      kind = Kind.ROUNDED_SUM;
    } else {
      kind = Kind.SUM;
    }
    return Optional.of(new Exchange(kind, op.output(0).shape().size()));
  }

  /** Of what each of so many workers has: the whole vector of a sum, else its part. */
  long mine(int workers) {
    return kind == Kind.GATHERING ? numbers / workers : numbers;
  }

  /** The same by itself, of such numbers. */
  Expr made(Ops tf, Sums sums, Expr mine) {
    return switch (kind) {
      case SUM -> sums.of(tf, mine);
      case ROUNDED_SUM -> sums.rounded(tf, mine);
      case GATHERING -> sums.gathered(tf, mine);
    };
  }

  /** Of the whole vector, as it is sent. */
  long bytes() {
    return kind.numberBytes * numbers;
  }

  /**
   * Bytes that each of N workers sends, and receives as many: (N - 1) / N of the vector a round.
   */
  double bytesSent(int workers) {
    return kind.rounds * (workers - 1.0) / workers * bytes();
  }
}
