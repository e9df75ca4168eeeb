/** TensorFlow Serving's API: its messages, and tensors as protobuf, as JSON and as TensorFlow's. */
package io.github.fdistill.wire;
