/**
 * Networks in ONNX, of any architecture, as functions of TensorFlow's ops.
 *
 * <p>Start at {@link OnnxNetwork}. A file is read by {@link OnnxFile}, within bounds and without
 * its weights, which stay mapped. {@link Translation} then goes through the nodes; what each op
 * becomes is a {@link Rule}, and {@link Rules} lists them all. A tensor is {@link Known} where it
 * follows from shapes and constants, else a {@link Flow}: so shapes are folded away. A flow may
 * keep the axes of its tensor in another order than ONNX has them: so images are NHWC inside, and
 * transposes meet and vanish.
 */
package io.github.fdistill.onnx;
