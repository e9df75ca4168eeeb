package io.github.fdistill.hosting;

import io.github.fdistill.wire.ApiException;
import io.grpc.Status;

/** What TensorFlow Serving answers to a request that takes longer than it may. */
public final class Late {
  private Late() {}

  /** One that no batch has taken up. */
  public static ApiException inTheQueue() {
    return new ApiException(
        Status.Code.RESOURCE_EXHAUSTED, "Run() timeout exceeded while waiting in batching queue");
  }

  /** One that is being computed. */
  public static ApiException inTheSession() {
    return new ApiException(Status.Code.DEADLINE_EXCEEDED, "Timed out waiting for notification");
  }
}
