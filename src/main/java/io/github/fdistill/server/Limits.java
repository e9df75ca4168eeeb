package io.github.fdistill.server;

import java.time.Duration;

/**
 * What a server takes on at most.
 *
 * @param requestBytes of one request
 * @param time for one request, from when it is read to its answer; a client has the same time to
 *     begin a request, to send it whole, and to read its answer
 * @param connections that are open at once, of each protocol; and calls on one connection of gRPC
 * @param loading time for one version to be loaded and warmed up
 */
public record Limits(int requestBytes, Duration time, int connections, Duration loading) {
  /** Five minutes for loading. */
  public Limits(int requestBytes, Duration time, int connections) {
    this(requestBytes, time, connections, Duration.ofMinutes(5));
  }

  /** 16 MB, a minute, 256 connections. */
  public static Limits usual() {
    return new Limits(16 << 20, Duration.ofMinutes(1), 256);
  }
}
