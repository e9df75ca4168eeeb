/**
 * Asks a server, this program's or TensorFlow Serving, for images; and measures how it answers.
 * Start at {@link ModelClient}, which speaks gRPC or REST, and {@link LoadTest}.
 */
package io.github.fdistill.client;
