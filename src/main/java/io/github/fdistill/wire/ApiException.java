package io.github.fdistill.wire;

import io.grpc.Status;

/** A request that is refused, or fails: the gRPC code and the message that its sender gets. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Status.Code code;

  public ApiException(Status.Code code, String message) {
    super(message);
    this.code = code;
  }

  /** A request that is wrong whenever it comes. */
  public static ApiException invalid(String message) {
    return new ApiException(Status.Code.INVALID_ARGUMENT, message);
  }

  public Status.Code code() {
    return code;
  }

  /** The HTTP status that TensorFlow Serving answers with for the code. */
  public int httpStatus() {
    return switch (code) {
      case OK -> 200;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> 499;
      case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
    };
  }
}
