package io.github.fdistill.server;

import java.time.Duration;

/**
 * What a server takes on at most.
 *
 * @param requestBytes of one request
 * @param time for one request, from when it is read to its answer
 * @param connections of REST that are open at once; and calls on one connection of gRPC
 */
public record Limits(int requestBytes, Duration time, int connections) {}
