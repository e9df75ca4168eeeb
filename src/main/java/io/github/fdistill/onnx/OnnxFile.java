package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import io.github.fdistill.tensors.FileLooks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads an ONNX model: the fields of its format that a network needs (onnx.proto, IR version 3 and
 * later). Numbers of weights stay in their files. What may come from anywhere is bounded: in nodes,
 * tensors and names, and nothing is nested in it, for graphs within nodes are refused.
 */
final class OnnxFile {
  static final long LEAST_OPSET = 11;
  static final long MOST_OPSET = 20;

  private final Path path;
  private final Room room;
  private final OnnxTensors tensors;
  private final OnnxNodes nodes;
  private final List<OnnxNode> nodeList = new ArrayList<>();
  private final Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
  private final List<OnnxInput> inputs = new ArrayList<>();
  private final List<OnnxInput> outputs = new ArrayList<>();
  private long opset = -1;
  private String producer = "";
  private String version = "";
  private boolean graph;

  private OnnxFile(Path path) {
    this.path = path;
    this.room = new Room(path.toString());
    this.tensors = new OnnxTensors(path, room);
    this.nodes = new OnnxNodes(tensors, room);
  }

  /**
   * Reads a file.
   *
   * @throws InputException when it is none, is damaged, or holds what is not read
   */
  static OnnxGraph read(Path path) {
    Bytes bytes = Bytes.of(path);
    FileLooks.require(bytes, "an ONNX model");
    return new OnnxFile(path).model(new Wire(bytes, "the model"));
  }

  private OnnxGraph model(Wire wire) {
    while (wire.next()) {
      switch (wire.field()) {
        case 2 -> producer = wire.text();
        case 3 -> version = wire.text();
        case 7 -> graph(wire.message("its graph"));
        case 8 -> opset(wire.message("its opsets"));
        case 25 -> throw wrong("functions of its own", "ops of ONNX alone", inlined());
        default -> {}
      }
    }
    if (!graph || outputs.isEmpty()) {
      throw wrong(
          graph ? "a graph without outputs" : "no graph",
          "an ONNX model",
          "name a file that torch.onnx.export or its like has written");
    }
    if (opset < LEAST_OPSET || opset > MOST_OPSET) {
      throw wrong(
          opset < 0 ? "no version of ONNX's ops" : "opset " + opset,
          "opsets " + LEAST_OPSET + " to " + MOST_OPSET,
          "export it with opset_version=18, or convert it by onnx.version_converter");
    }
    inputs.removeIf(input -> initializers.containsKey(input.name()));
    return new OnnxGraph(
        tensors.files(),
        opset,
        (producer + " " + version).strip(),
        nodeList,
        initializers,
        inputs,
        outputs);
  }

  private void opset(Wire wire) {
    String domain = "";
    long number = 0;
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> domain = wire.text();
        case 2 -> number = wire.number();
        default -> {}
      }
    }
    if (domain.isEmpty() || domain.equals("ai.onnx")) {
      opset = number;
    }
  }

  private void graph(Wire wire) {
    if (graph) {
      throw wrong("two graphs", "one graph", "the file is damaged: download or export it again");
    }
    graph = true;
    while (wire.next()) {
      switch (wire.field()) {
        case 1 -> nodeList.add(nodes.read(wire.message("node " + nodeList.size())));
        case 5 -> add(tensors.read(wire.message("initializer " + initializers.size())));
        case 11 -> inputs.add(OnnxNodes.input(wire.message("input " + inputs.size())));
        case 12 -> outputs.add(OnnxNodes.input(wire.message("output " + outputs.size())));
        case 15 -> throw wrong("sparse initializers", "dense ones", "export it without sparsity");
        default -> {}
      }
      room.thing();
    }
  }

  private void add(OnnxTensor tensor) {
    if (tensor.name().isEmpty() || initializers.put(tensor.name(), tensor) != null) {
      throw wrong(
          "an initializer "
              + (tensor.name().isEmpty() ? "without name" : "'" + tensor.name() + "' twice"),
          "initializers with names of their own",
          "the file is damaged: download or export it again");
    }
  }

  private static String inlined() {
    return "inline them: onnx.inliner.inline_local_functions of Python's onnx";
  }

  private InputException wrong(String found, String needed, String remedy) {
    return new InputException(path.toString(), found, needed, remedy);
  }
}
