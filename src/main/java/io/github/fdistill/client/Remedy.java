package io.github.fdistill.client;

import io.grpc.Status;

/** What helps, by what went wrong with a request. */
enum Remedy {
  /** Nobody answers, or not for this model. */
  SERVER(
      "a server that serves this model",
      "check MODEL and --server (MODEL is the name alone, without its folder; HOST:PORT is gRPC's,"
          + " http://HOST:PORT REST's); ./fdistill serve starts one"),

  /** The server has too much to do, or is about to begin or to end. */
  BUSY(
      "a server that has room for a request just now",
      "ask again later, or for less at once: --rows, and with --load also --clients"),

  /** The server refuses what the request says. */
  REQUEST(
      "what the served model takes",
      "change what the server names: --class, --condition, --prompt, --steps or --label"),

  /** It answers with no pictures. */
  PICTURES(
      "a model with the signature png",
      "export a student without --without png; ./fdistill sample draws a teacher from its folder"),

  /** The answer did not come in time. */
  TIME(
      "a whole answer in time",
      "ask for fewer rows at once (--rows), or wait longer (--timeout); the server may have a"
          + " limit of its own"),

  /** There is no room for so much. */
  ROOM("no more than there is room for", "ask for fewer rows at once: --rows");

  /** TensorFlow Serving's words for a request that waited behind others until it was late. */
  private static final String QUEUE = "batching queue";

  /** Of ours, where it has no room just now. */
  private static final String LATER = "try again";

  final String needed;
  final String text;

  Remedy(String needed, String text) {
    this.needed = needed;
    this.text = text;
  }

  /** Its text for who asked a version by its number, or by a label: there may be none such. */
  String text(Which which) {
    String version = which.version().map(number -> ", --version").orElse("");
    String label = which.label().map(name -> ", --label").orElse("");
    return this == SERVER ? text.replace("MODEL and", "MODEL" + version + label + " and") : text;
  }

  /**
   * Of a server's answer over gRPC.
   *
   * @param detail what it says
   */
  static Remedy of(Status.Code code, String detail) {
    return switch (code) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> REQUEST;
      case DEADLINE_EXCEEDED -> TIME;
      case RESOURCE_EXHAUSTED -> tooMuch(detail);
      case UNAVAILABLE -> BUSY;
      default -> SERVER;
    };
  }

  /**
   * Of an answer over REST.
   *
   * @param status of HTTP
   * @param detail what it says
   */
  static Remedy of(int status, String detail) {
    return switch (status) {
      case 400 -> REQUEST;
      case 504 -> TIME;
      case 413, 429 -> tooMuch(detail);
      case 503 -> BUSY;
      default -> SERVER;
    };
  }

  private static Remedy tooMuch(String detail) {
    return detail.contains(QUEUE) || detail.contains(LATER) ? BUSY : ROOM;
  }
}
