/**
 * TensorFlow Serving's API: its messages, and tensors as protobuf, as JSON and as TensorFlow's.
 * Server and client both speak through this room.
 *
 * <p>Start at {@link HostTensor}, a tensor on the host, and {@link ServingApi}, the methods.
 */
package io.github.fdistill.wire;
