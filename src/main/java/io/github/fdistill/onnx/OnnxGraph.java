package io.github.fdistill.onnx;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a file holds.
 *
 * @param files it and those beside it that weights are in
 * @param opset version of ONNX's ops
 * @param producer what wrote it; may be empty
 * @param nodes in an order in which each stands behind those that it needs
 * @param initializers by name
 * @param inputs those that are no initializers
 */
record OnnxGraph(
    List<Path> files,
    long opset,
    String producer,
    List<OnnxNode> nodes,
    Map<String, OnnxTensor> initializers,
    List<OnnxInput> inputs,
    List<OnnxInput> outputs) {}
