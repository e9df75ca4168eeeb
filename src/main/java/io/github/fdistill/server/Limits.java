package io.github.fdistill.server;

import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Heap;
import java.time.Duration;

/**
 * What a server takes on at most.
 *
 * @param requestBytes of one request; 0: what its models need, see {@link #fitting}
 * @param time for one request, from when it is read to its answer; a client has the same time to
 *     begin a request, to send it whole, and to read its answer
 * @param connections that are open at once, of each protocol; and calls on one connection of gRPC
 * @param loading time for one version to be loaded and warmed up
 * @param heldBytes of all requests that are not answered yet, and as many of all answers that wait
 *     for their clients to read them; the answer that exceeds them is the last, until some are read
 */
public record Limits(
    int requestBytes, Duration time, int connections, Duration loading, long heldBytes) {
  private static final long LEAST_BYTES = 16 << 20;
  private static final int BYTES_OF_A_VALUE = 16;

  /** Five minutes for loading. */
  public Limits(int requestBytes, Duration time, int connections) {
    this(requestBytes, time, connections, Duration.ofMinutes(5));
  }

  /** A quarter of Java's memory for requests, and one for answers that are not read. */
  public Limits(int requestBytes, Duration time, int connections, Duration loading) {
    this(requestBytes, time, connections, loading, Heap.most() / 2);
  }

  /** Requests as large as the models need, a minute, 256 connections. */
  public static Limits usual() {
    return new Limits(0, Duration.ofMinutes(1), 256);
  }

  /**
   * The same with the size of a request, where none is said: 16 bytes for each value of the largest
   * batch, which numbers take as text; 16 MB at least, and at most 1 GiB and what Java's memory has
   * room for.
   *
   * @param largest how many values that batch has
   */
  Limits fitting(double largest) {
    if (requestBytes > 0) {
      return this;
    }
    int bytes = (int) Math.max(LEAST_BYTES, Math.min(mostBytes(), BYTES_OF_A_VALUE * largest));
    return new Limits(bytes, time, connections, loading, heldBytes);
  }

  /** Of what a model brings to warm it up, which is read before its batches are known. */
  long warmUpBytes() {
    return requestBytes > 0 ? requestBytes : mostBytes();
  }

  private static long mostBytes() {
    long most = FileKind.REQUEST.mostBytes();
    return Math.max(LEAST_BYTES, Math.min(most, FileKind.REQUEST.mostHeld(most)));
  }
}
