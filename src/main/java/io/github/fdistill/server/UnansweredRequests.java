package io.github.fdistill.server;

import io.github.fdistill.Logs;
import io.github.fdistill.wire.ApiException;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Logger;

/**
 * The bytes of all requests, of both protocols, that have come and are not answered yet. Who sends
 * them by half on many connections would otherwise fill the server's memory, whatever one request
 * may take.
 */
final class UnansweredRequests {
  private static final Logger LOG = Logs.of(UnansweredRequests.class);
  private static final long BETWEEN_WORDS = TimeUnit.MINUTES.toNanos(1);

  private final long most;
  private long bytes;
  private long large;
  private long told = System.nanoTime() - BETWEEN_WORDS;

  /**
   * @param most bytes; what exceeds them is the last that is taken of several requests, and one
   *     that is alone but for small ones may have more
   */
  UnansweredRequests(long most) {
    this.most = most;
  }

  /** What one request has; of one thread at a time. */
  final class Request {
    private long own;

    /**
     * It has come to so many bytes.
     *
     * @return whether there is room for them, as there always is for a small one; else it counts as
     *     before
     */
    boolean has(long now) {
      boolean room = grow(own, now);
      own = room ? now : own;
      return room;
    }

    /** The same of so many bytes more. */
    boolean hasMore(long more) {
      return has(own + more);
    }

    /** It is answered, or dropped; the next may begin. */
    void end() {
      grow(own, 0);
      own = 0;
    }
  }

  private synchronized boolean grow(long before, long now) {
    boolean alone = large == ofLarge(before);
    if (now > UnreadAnswers.SMALL && now > before && !alone && bytes >= most) {
      tell();
      return false;
    }
    bytes += now - before;
    large += ofLarge(now) - ofLarge(before);
    return true;
  }

  /** Small ones come at all times: beside them a large one would never be alone. */
  private static long ofLarge(long own) {
    return own > UnreadAnswers.SMALL ? own : 0;
  }

  private void tell() {
    if (System.nanoTime() - told >= BETWEEN_WORDS) {
      told = System.nanoTime();
      LOG.warn("Requests are refused: those that are not answered, or not whole, take {} B", bytes);
    }
  }

  /** What a request is told that there is no room for. */
  static ApiException full() {
    return new ApiException(
        Status.Code.RESOURCE_EXHAUSTED,
        "the server's memory for requests is full of those that are not answered; try again");
  }
}
