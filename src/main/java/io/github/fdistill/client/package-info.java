/**
 * Asks a server, this program's or TensorFlow Serving, for images; and measures how it answers.
 * Begin with {@link io.github.fdistill.client.RestClient} or {@link
 * io.github.fdistill.client.GrpcClient}.
 */
package io.github.fdistill.client;
