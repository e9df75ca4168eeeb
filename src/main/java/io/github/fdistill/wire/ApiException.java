package io.github.fdistill.wire;

import io.github.fdistill.InputException;
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

  /** What went wrong, as whoever asked is told. */
  public static ApiException of(Throwable error) {
    if (error instanceof ApiException known) {
      return known;
    }
    if (error instanceof InputException) {
      return invalid(error.getMessage());
    }
    if (error instanceof OutOfMemoryError) {
      return new ApiException(Status.Code.RESOURCE_EXHAUSTED, "the server is short of memory");
    }
    return new ApiException(
        Status.Code.INTERNAL, error.getClass().getSimpleName() + ": " + error.getMessage());
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
