package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.DataType;

/** Goes through the nodes of a network, each behind those that it needs. */
final class Translation {
  private final String file;
  private final OnnxGraph onnx;
  private final Nodes nodes;
  private final Layout layout;
  private final List<OnnxNode> needed;
  private final Weights weights;
  private final Narrow narrow;
  private final Map<String, Value> values = new HashMap<>();
  private final Map<String, OnnxNode> unmade = new HashMap<>(); // Outputs by their nodes.
  private final Map<String, Output<?>> inputs = new LinkedHashMap<>();
  private boolean single;

  /**
   * @param graph in which the network is built
   */
  Translation(String file, OnnxGraph onnx, Graph graph) {
    this.file = file;
    this.onnx = onnx;
    this.nodes = new Nodes(file, graph);
    this.layout = new Layout(nodes);
    this.needed = needed();
    this.weights = new Weights(nodes, needed);
    this.narrow = new Narrow(onnx);
  }

  Weights weights() {
    return weights;
  }

  /** Placeholders of the inputs, by ONNX's names. */
  Map<String, Output<?>> inputs() {
    return inputs;
  }

  /**
   * Builds the network.
   *
   * @param shapes of its inputs, -1 for the number of images
   * @return its outputs, by ONNX's names
   */
  Map<String, Output<?>> build(Map<String, long[]> shapes) {
    for (OnnxInput input : onnx.inputs()) {
      long[] shape = shapes.get(input.name());
      Output<?> placeholder =
          nodes.placeholder(Names.of(input.name()), input.type().becomes(), shape);
      if (shape.length > 0 && shape[0] < 0) {
        nodes.batchOf(placeholder);
      }
      single |= input.isForOne() && shape[0] < 0;
      inputs.put(input.name(), placeholder);
      define("the input " + input.name(), input.name(), Flow.plain(placeholder, shape));
    }
    for (OnnxNode node : needed) {
      translate(node);
    }
    Map<String, Output<?>> outputs = new LinkedHashMap<>();
    for (OnnxInput output : onnx.outputs()) {
      if (output.name().isEmpty()) {
        throw wrong("its outputs", "one without a name", "a name for each");
      }
      nodes.at(output.name());
      Value value = value("the output " + output.name(), output.name());
      Output<?> tensor = layout.plain(layout.flow(value));
      // A name of its own, also where it is an input, or the output twice.
      outputs.put(output.name(), nodes.op("Identity", tensor));
    }
    return outputs;
  }

  /** The nodes that the outputs depend on. */
  private List<OnnxNode> needed() {
    Map<String, OnnxNode> makers = new HashMap<>();
    for (OnnxNode node : onnx.nodes()) {
      for (String name : node.outputs()) {
        if (!name.isEmpty() && makers.put(name, node) != null) {
          throw wrong(
              "node " + node.name(), "the tensor '" + name + "' twice", "a name of its own");
        }
      }
    }
    Set<OnnxNode> found = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    onnx.outputs().forEach(output -> open.add(output.name()));
    while (!open.isEmpty()) {
      OnnxNode node = makers.get(open.pop());
      if (node != null && found.add(node)) {
        open.addAll(node.inputs());
      }
    }
    return onnx.nodes().stream().filter(found::contains).toList();
  }

  private void define(String where, String name, Value value) {
    if (!name.isEmpty() && values.put(name, value) != null) {
      throw wrong(where, "the tensor '" + name + "', which is there already", "a name of its own");
    }
  }

  private Value value(String where, String name) {
    if (name.isEmpty()) {
      return null;
    }
    Value value = values.get(name);
    if (value == null && onnx.initializers().containsKey(name)) {
      value = weights.of(onnx.initializers().get(name), false);
      values.put(name, value);
    }
    OnnxNode maker = unmade.get(name);
    if (value == null && maker != null) {
      throw new InputException(
          file + ", " + where,
          "'" + name + "', which " + maker.op() + " makes beside its first output",
          "the first output of this op alone",
          "export the network without what takes it");
    }
    if (value == null) {
      throw wrong(
          where,
          "the tensor '" + name + "', which nothing before it makes",
          "nodes in an order in which each stands behind those that it needs, without a cycle");
    }
    return value;
  }

  private InputException wrong(String where, String found, String needed) {
    return new InputException(
        file + ", " + where, found, needed, "the file is damaged: download or export it again");
  }

  private void translate(OnnxNode node) {
    String where = "node " + node.name();
    nodes.at(node.name());
    if (node.op().equals("Constant") && node.domain().isEmpty()) {
      define(where, node.outputs().get(0), constant(node));
      return;
    }
    List<Value> arguments = new ArrayList<>();
    node.inputs().forEach(name -> arguments.add(value(where, name)));
    Call call = new Call(file, onnx.opset(), node, arguments, single, layout);
    List<Value> results = results(call);
    for (int i = 0; i < node.outputs().size(); i++) {
      if (i < results.size()) {
        define(where, node.outputs().get(i), results.get(i));
      } else {
        unmade.put(node.outputs().get(i), node);
      }
    }
  }

  private List<Value> results(Call call) {
    Rule rule =
        Rules.of(call.node())
            .or(() -> Optional.of(call.node()).filter(Translation::isFolded).map(n -> c -> null))
            .orElseThrow(() -> unknown(call.node()));
    try {
      Optional<List<Value>> folded = Folding.of(call);
      if (call.single() && folded.isEmpty()) {
        OneImage.requireApart(call);
      }
      List<Value> results = folded.isPresent() ? folded.get() : rule.apply(call);
      if (results == null) {
        throw call.refuse("of what is known only when it runs", "what follows from shapes");
      }
      if (call.single()) {
        OneImage.requireApart(call, results);
      }
      return narrow.within(call, results);
    } catch (TensorFlowException | ArithmeticException e) {
      throw new InputException(
          file + ", node " + call.node().name(),
          call.node().op() + ": " + io.github.fdistill.Shown.line(String.valueOf(e.getMessage())),
          "inputs of types and sizes that fit the op",
          "the file is damaged, or was made for another program: export it again",
          e);
    }
  }

  /** Those that are only ever computed at import. */
  private static boolean isFolded(OnnxNode node) {
    return node.domain().isEmpty()
        && Set.of("ScatterElements", "ScatterND", "Shape", "Size").contains(node.op());
  }

  private InputException unknown(OnnxNode node) {
    String op = node.domain().isEmpty() ? node.op() : node.domain() + "." + node.op();
    return new InputException(
        file + ", node " + node.name(),
        "the op " + op,
        "ops that images and tokens are computed with (docs/import.md lists them)",
        "export the network without it, or that part of it that is needed");
  }

  private Value constant(OnnxNode node) {
    for (Attribute attribute : node.attributes().values()) {
      switch (attribute.name()) {
        case "value" -> {
          OnnxTensor tensor = attribute.tensor();
          if (tensor != null) {
            narrow.note(node.outputs().get(0), tensor.type());
            return weights.of(tensor.named(node.outputs().get(0)), true);
          }
        }
        case "value_int" -> {
          return Known.scalar(DataType.DT_INT64, attribute.number());
        }
        case "value_float" -> {
          return Known.scalar(DataType.DT_FLOAT, attribute.fraction());
        }
        case "value_ints" -> {
          return vector(
              DataType.DT_INT64, Arrays.stream(attribute.numbers()).asDoubleStream().toArray());
        }
        case "value_floats" -> {
          return vector(DataType.DT_FLOAT, attribute.fractions());
        }
        default -> {}
      }
    }
    throw wrong(
        "node " + node.name(),
        "a constant of " + node.attributes().keySet(),
        "a tensor of numbers");
  }

  private static Known vector(DataType type, double[] values) {
    return new Known(type, new long[] {values.length}, values);
  }
}
