package io.github.fdistill.server;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Optional;

/** Counts what comes in each call of gRPC, from its first byte until the call has ended. */
final class CountedCalls extends ServerStreamTracer.Factory {
  private static final Context.Key<Counted> COUNTED = Context.key("counted");

  private final UnansweredRequests unanswered;

  CountedCalls(UnansweredRequests unanswered) {
    this.unanswered = unanswered;
  }

  /** That of the call that begins on this thread. */
  static Optional<Counted> current() {
    return Optional.ofNullable(COUNTED.get());
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    return new Counted(unanswered.new Request());
  }

  /** One call. Its bytes come on the connection's thread, and are unpacked on another. */
  static final class Counted extends ServerStreamTracer {
    private final UnansweredRequests.Request request;
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
      wire += more;
      count();
    }

    @Override
    public synchronized void inboundUncompressedSize(long more) {
      unpacked += more;
      count();
    }

    private void count() {
      if (!ended && !full && !request.has(Math.max(wire, unpacked))) {
        full = true;
        refusal.run();
      }
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
