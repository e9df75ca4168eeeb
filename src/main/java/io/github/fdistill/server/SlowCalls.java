package io.github.fdistill.server;

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

/** Ends calls of gRPC whose request is not whole within a time from the call's beginning. */
final class SlowCalls implements ServerInterceptor {
  private final Duration time;
  private final ScheduledExecutorService clock;

  SlowCalls(Duration time, ScheduledExecutorService clock) {
    this.time = time;
    this.clock = clock;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    OnceClosed<Q, A> guarded = new OnceClosed<>(call);
    Future<?> late =
        clock.schedule(
            () ->
                guarded.close(
                    Status.DEADLINE_EXCEEDED.withDescription(
                        "the request was not whole within " + time.toMillis() + " ms"),
                    new Metadata()),
            time.toNanos(),
            TimeUnit.NANOSECONDS);
    return new SimpleForwardingServerCallListener<>(next.startCall(guarded, headers)) {
      @Override
      public void onHalfClose() {
        if (late.cancel(false)) {
          super.onHalfClose();
        }
      }

      @Override
      public void onCancel() {
        late.cancel(false);
        super.onCancel();
      }

      @Override
      public void onComplete() {
        late.cancel(false);
        super.onComplete();
      }
    };
  }

  /** Closed by the clock or by its answer, whichever comes first. */
  private static final class OnceClosed<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private boolean closed;

    OnceClosed(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }
  }
}
