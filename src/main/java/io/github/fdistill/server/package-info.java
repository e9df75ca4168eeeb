/**
 * TensorFlow Serving's API on this machine, for development and small installations. Begin with
 * {@link io.github.fdistill.server.LocalServer#start}.
 */
package io.github.fdistill.server;
