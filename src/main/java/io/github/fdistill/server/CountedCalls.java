package io.github.fdistill.server;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Counts what comes in each call of gRPC, from its first byte until the call has ended. */
final class CountedCalls extends ServerStreamTracer.Factory {
  private static final Context.Key<Counted> COUNTED = Context.key("counted");

  private final UnansweredRequests unanswered;

  CountedCalls(UnansweredRequests unanswered) {
    this.unanswered = unanswered;
  }

  /** That of the call that begins on this thread. */
  static Counted current() {
    return COUNTED.get();
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    return new Counted(unanswered.new Request());
  }

  /** One call. Its bytes come on the connection's thread, and are unpacked on another. */
  static final class Counted extends ServerStreamTracer {
    private final UnansweredRequests.Request request;
    private Thread connection;
    private long wire;
    private long unpacked;
    private boolean ended;
    private boolean full;
    private Runnable refusal = () -> {};

    private Counted(UnansweredRequests.Request request) {
      this.request = request;
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(COUNTED, this);
    }

    @Override
    public synchronized void inboundWireSize(long more) {
      connection = Thread.currentThread();
      wire += more;
      count();
    }

    /**
     * So many bytes more of a message, also of one that was not compressed.
     *
     * @throws StatusRuntimeException out of the stream that is unpacked, where nobody waits for it;
     *     it would go on up to the largest message
     */
    @Override
    public synchronized void inboundUncompressedSize(long more) {
      unpacked += more;
      count();
      if ((full || ended) && Thread.currentThread() != connection) {
        throw Status.RESOURCE_EXHAUSTED.asRuntimeException();
      }
    }

    private void count() {
      if (!ended && !full && !request.has(Math.max(wire, unpacked))) {
        full = true;
        request.end(); // It is let go of: others that come with it have room.
        refusal.run();
      }
    }

    /** A message was answered: nothing is held of it, though its stream may go on. */
    synchronized void answered() {
      request.end();
      wire = 0;
      unpacked = 0;
    }

    /** Whether there was no room for it, and it is refused. */
    synchronized boolean isFull() {
      return full;
    }

    /** What is to be done where there is no room for it: at once, or when that is so. */
    synchronized void onFull(Runnable refuse) {
      refusal = refuse;
      if (full) {
        refusal.run();
      }
    }

    @Override
    public synchronized void streamClosed(Status status) {
      ended = true;
      request.end();
    }
  }
}
