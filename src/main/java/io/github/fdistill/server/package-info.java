/**
 * TensorFlow Serving's API on this machine, for development and small installations.
 *
 * <p>Start at {@link LocalServer}, which holds models, gRPC and REST. A request goes through checks
 * against the signature to a batcher, which runs the rows of several requests at once.
 */
package io.github.fdistill.server;
