/**
 * Asks a server, this program's or TensorFlow Serving, for images; and measures how it answers.
 * Start at {@link ModelClient}: {@link RestClient} or {@link GrpcClient}; and at {@link LoadTest}.
 */
package io.github.fdistill.client;
