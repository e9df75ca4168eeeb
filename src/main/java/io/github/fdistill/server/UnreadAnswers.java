package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.grpc.Status;

/**
 * The bytes of all answers, of both protocols, that wait for their clients to read them. Who asks
 * and does not read would otherwise fill the server's memory, whatever one answer may take.
 */
final class UnreadAnswers {
  /**
   * Such an answer goes out whatever waits: it takes no more than the call of gRPC that it is of.
   */
  static final int SMALL = 1 << 10;

  /**
   * The same of a connection of HTTP, which has one answer at a time: what tells of the server,
   * such as its metrics, is to be had when much waits.
   */
  static final int SMALL_OF_HTTP = 1 << 16;

  private final long most;
  private long bytes;

  /**
   * @param most bytes; the answer that exceeds them is the last that is taken on
   */
  UnreadAnswers(long most) {
    this.most = most;
  }

  /**
   * Asked before an answer is computed.
   *
   * @throws ApiException when it could not be sent
   */
  synchronized void requireRoom() {
    if (bytes >= most) {
      throw full();
    }
  }

  /**
   * Whether an answer may be sent; if so it counts until it is given back.
   *
   * @param small bytes of one that goes out whatever waits
   */
  synchronized boolean take(long answer, int small) {
    if (answer > small && bytes >= most) {
      return false;
    }
    bytes += answer;
    return true;
  }

  /** Of what {@link #take} took, as much is on the wire or dropped. */
  synchronized void give(long answer) {
    bytes -= answer;
  }

  /** What is said in the place of an answer. */
  static ApiException full() {
    return new ApiException(
        Status.Code.RESOURCE_EXHAUSTED,
        "the server's memory for answers is full of those that clients have not read; try again");
  }
}
