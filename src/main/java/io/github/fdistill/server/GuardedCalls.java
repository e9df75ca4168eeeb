package io.github.fdistill.server;

import com.google.protobuf.MessageLite;
import io.github.fdistill.wire.ApiException;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends calls of gRPC whose request is not whole within a time from the call's beginning, or that
 * there is no room for, and counts the answers until their clients have read them.
 */
final class GuardedCalls implements ServerInterceptor {
  private final Duration time;
  private final ScheduledExecutorService clock;
  private final UnreadAnswers unread;

  GuardedCalls(Duration time, ScheduledExecutorService clock, UnreadAnswers unread) {
    this.time = time;
    this.clock = clock;
    this.unread = unread;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    CountedCalls.Counted incoming = CountedCalls.current();
    Guarded<Q, A> guarded = new Guarded<>(call, incoming);
    Future<?> late =
        clock.schedule(
            () ->
                guarded.close(
                    Status.DEADLINE_EXCEEDED.withDescription(
                        "the request was not whole within " + time.toMillis() + " ms"),
                    new Metadata()),
            time.toNanos(),
            TimeUnit.NANOSECONDS);
    incoming.onFull(() -> clock.execute(guarded::full));
    return new SimpleForwardingServerCallListener<>(next.startCall(guarded, headers)) {
      @Override
      public void onMessage(Q request) {
        if (!guarded.isFull()) {
          super.onMessage(request);
        }
      }

      @Override
      public void onHalfClose() {
        if (late.cancel(false) && !guarded.isFull()) {
          super.onHalfClose();
        }
      }

      @Override
      public void onCancel() {
        late.cancel(false);
        guarded.gone();
        super.onCancel();
      }

      @Override
      public void onComplete() {
        late.cancel(false);
        guarded.gone();
        super.onComplete();
      }
    };
  }

  /** Closed by the clock or by its answer, whichever comes first. */
  private final class Guarded<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final CountedCalls.Counted incoming;
    private boolean closed;
    private long counted;

    Guarded(ServerCall<Q, A> call, CountedCalls.Counted incoming) {
      super(call);
      this.incoming = incoming;
    }

    @Override
    public synchronized void sendMessage(A answer) {
      incoming.answered();
      if (closed) {
        return;
      }
      if (isReady()) {
        giveBack(); // The answers before are on the wire, but for a few KB.
      }
      int bytes = ((MessageLite) answer).getSerializedSize();
      if (unread.take(bytes, UnreadAnswers.SMALL)) {
        counted += bytes;
        super.sendMessage(answer);
      } else {
        refuse(UnreadAnswers.full());
      }
    }

    /** Whether there is no room for its request; then nothing is computed for it. */
    private boolean isFull() {
      boolean full = incoming.isFull();
      if (full) {
        full();
      }
      return full;
    }

    /** There is no room for its request. */
    private void full() {
      refuse(UnansweredRequests.full());
    }

    private void refuse(ApiException why) {
      close(GrpcApi.status(why).getStatus(), new Metadata());
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }

    /** All that was answered is on the wire, or dropped. */
    private synchronized void gone() {
      closed = true;
      giveBack();
    }

    private void giveBack() {
      unread.give(counted);
      counted = 0;
    }
  }
}
