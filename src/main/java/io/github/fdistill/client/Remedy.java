package io.github.fdistill.client;

import io.grpc.Status;

/** What helps, by what went wrong with a request. */
enum Remedy {
  /** Nobody answers, or not for this model. */
  SERVER(
      "a server that serves this model",
      "check MODEL and --server (HOST:PORT is gRPC's, http://HOST:PORT REST's); ./fdistill"
          + " serve starts one"),

  /** The server refuses what the request says. */
  REQUEST(
      "what the served model takes",
      "change what the server names: --class, --condition, --prompt, --steps or --label"),

  /** The answer did not come in time. */
  TIME(
      "a whole answer in time",
      "ask for fewer rows at once (--rows), or wait longer (--timeout); the server may have a"
          + " limit of its own"),

  /** There is no room for so much. */
  ROOM("no more than there is room for", "ask for fewer rows at once: --rows");

  final String needed;
  final String text;

  Remedy(String needed, String text) {
    this.needed = needed;
    this.text = text;
  }

  /** Of an answer over gRPC, or none. */
  static Remedy of(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> REQUEST;
      case DEADLINE_EXCEEDED -> TIME;
      case RESOURCE_EXHAUSTED -> ROOM;
      default -> SERVER;
    };
  }

  /**
   * Of an answer over REST.
   *
   * @param status of HTTP
   */
  static Remedy of(int status) {
    return switch (status) {
      case 400 -> REQUEST;
      case 504 -> TIME;
      case 413, 429 -> ROOM;
      default -> SERVER;
    };
  }
}
