package io.github.fdistill.graph;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.family.TType;

/**
 * A pure function of tensors: (parameters, inputs) to outputs, without variables or state. A
 * network cut out of a SavedModel is one, and so is a network built from its description; calling
 * it twice in one graph with the same parameters is weight sharing, with others a second network.
 *
 * @param graph the nodes; every input and parameter is a Placeholder among them
 * @param inputs from an input's name to its placeholder's
 * @param outputs from an output's name to its tensor, {@code node:index}
 * @param parameters each one's name is its placeholder's
 */
public record NetworkFunction(
    GraphDef graph,
    Map<String, String> inputs,
    Map<String, String> outputs,
    Parameters parameters) {

  /** Ops that give what they take, or what a variable holds. */
  private static final Set<String> COPIES = Set.of("Identity", "ReadVariableOp");

  public NetworkFunction {
    inputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    outputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
  }

  /**
   * Builds the function's nodes under {@code prefix/} of a graph.
   *
   * @param arguments a tensor for every input that the graph uses
   * @param weights a tensor for every parameter, of its type
   * @return the outputs by name
   */
  public Map<String, Output<?>> call(
      Ops tf,
      String prefix,
      Map<String, ? extends Operand<?>> arguments,
      Map<String, ? extends Operand<?>> weights) {
    Map<String, Output<?>> replaced = new LinkedHashMap<>();
    inputs.forEach(
        (name, node) -> {
          if (arguments.containsKey(name)) {
            replaced.put(node, arguments.get(name).asOutput());
          }
        });
    parameters.list().forEach(p -> replaced.put(p.name(), weights.get(p.name()).asOutput()));
    GraphDef body = without(replaced.keySet());
    Graph target = (Graph) tf.scope().env();
    GraphAccess.importGraph(target, FusedNorms.apart(body), prefix, replaced);
    Map<String, Output<?>> results = new LinkedHashMap<>();
    outputs.forEach((name, tensor) -> results.put(name, output(target, prefix, tensor, replaced)));
    return results;
  }

  /**
   * The same function with only these outputs, and only the nodes they need. It keeps every
   * parameter, used or not: the vector of their values is still the one that it takes.
   *
   * @throws IllegalArgumentException when it has no such output
   */
  public NetworkFunction only(Collection<String> names) {
    if (!outputs.keySet().containsAll(names)) {
      throw new IllegalArgumentException("outputs " + names + " of " + outputs.keySet());
    }
    Map<String, String> kept = new LinkedHashMap<>();
    names.forEach(name -> kept.put(name, outputs.get(name)));
    GraphDef needed = needed(graph, kept.values());
    Set<String> nodes = new HashSet<>();
    needed.getNodeList().forEach(n -> nodes.add(n.getName()));
    Map<String, String> usedInputs = new LinkedHashMap<>(inputs);
    usedInputs.values().retainAll(nodes);
    return new NetworkFunction(needed, usedInputs, kept, parameters);
  }

  /** The same function for an input of a shape that is known better than its placeholder says. */
  public NetworkFunction withShape(String input, Shape shape) {
    String placeholder = inputs.get(input);
    AttrValue.Builder known = AttrValue.newBuilder();
    for (long dim : shape.asArray()) {
      known.getShapeBuilder().addDimBuilder().setSize(dim);
    }
    GraphDef.Builder result = graph.toBuilder();
    for (NodeDef.Builder node : result.getNodeBuilderList()) {
      if (node.getName().equals(placeholder)) {
        node.putAttr("shape", known.build());
      }
    }
    return new NetworkFunction(result.build(), inputs, outputs, parameters);
  }

  /** The same function with its convolutions and matrix products, and their biases, in bfloat16. */
  public NetworkFunction inBfloat16() {
    return new NetworkFunction(Bfloat16.rewrite(this), inputs, outputs, parameters);
  }

  /**
   * The same function, but for rounding, with fewer passes over large tensors where nothing takes
   * its gradients; what products in bfloat16 take of a SiLU is computed in bfloat16 by it. For
   * drawing on a CPU, and never to be written.
   */
  public NetworkFunction forDrawing() {
    GraphDef rewritten =
        Bfloat16Silu.rewrite(FewerPasses.withoutGradients(graph), outputs.values());
    return new NetworkFunction(rewritten, inputs, outputs, parameters);
  }

  /**
   * The same function, but for rounding, with fewer passes over large tensors in a step that trains
   * something, and with gradients of its own: for a training's graph, and never to be written.
   */
  public NetworkFunction forTraining() {
    return new NetworkFunction(FewerPasses.rewrite(graph), inputs, outputs, parameters);
  }

  /**
   * The same function, with attention over many tokens in slices: forwards to the same bits but for
   * rounding, and backwards without the matrix of all pairs. For training; to be asked before its
   * products run in bfloat16.
   */
  public NetworkFunction withSlicedAttention() {
    return new NetworkFunction(SlicedAttention.rewrite(this), inputs, outputs, parameters);
  }

  /** The same function of parameters that are bfloat16, and float32 where it computes with them. */
  public NetworkFunction withHalvedParameters() {
    return new NetworkFunction(
        HalvedParameters.rewrite(graph, parameters, outputs.values()), inputs, outputs, parameters);
  }

  /** The parameters that no gradient reaches: whatever uses them stands behind a StopGradient. */
  public Set<String> untrained() {
    Map<String, NodeDef> copies = new HashMap<>();
    Set<String> used = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    for (NodeDef node : graph.getNodeList()) {
      node.getInputList().forEach(input -> used.add(nodeOf(input)));
      if (COPIES.contains(node.getOp())) {
        copies.put(node.getName(), node);
      } else if (!node.getOp().equals("StopGradient")) {
        node.getInputList().forEach(input -> open.push(nodeOf(input)));
      }
    }
    copies.keySet().stream().filter(name -> !used.contains(name)).forEach(open::push);
    Set<String> met = new HashSet<>();
    while (!open.isEmpty()) {
      String name = open.pop();
      if (met.add(name) && copies.containsKey(name)) {
        copies.get(name).getInputList().forEach(input -> open.push(nodeOf(input)));
      }
    }
    Set<String> untrained = new HashSet<>(parameters.names());
    untrained.removeIf(name -> !used.contains(name) || met.contains(name));
    return untrained;
  }

  /**
   * What an input takes.
   *
   * @param shape as its placeholder says
   */
  public record Input(DataType dataType, Shape shape) {

    /** The class of its tensors. */
    public Class<? extends TType> type() {
      return TensorTypeRegistry.find(dataType).type();
    }
  }

  /** The inputs that the outputs depend on. */
  public Map<String, Input> placeholders() {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(n -> byName.put(n.getName(), n));
    Map<String, Input> placeholders = new LinkedHashMap<>();
    inputs.forEach(
        (name, node) -> {
          NodeDef placeholder = byName.get(node);
          if (placeholder != null && placeholder.containsAttr("dtype")) {
            DataType type = placeholder.getAttrOrThrow("dtype").getType();
            placeholders.put(name, new Input(type, shape(placeholder)));
          }
        });
    return placeholders;
  }

  private static Shape shape(NodeDef placeholder) {
    AttrValue shape = placeholder.getAttrOrDefault("shape", AttrValue.getDefaultInstance());
    return shape.getShape().getUnknownRank() || !shape.hasShape()
        ? Shape.unknown()
        : Shape.of(shape.getShape().getDimList().stream().mapToLong(d -> d.getSize()).toArray());
  }

  /** The nodes that the tensors ({@code node:index}) depend on, in their order. */
  public static GraphDef needed(GraphDef graph, Collection<String> tensors) {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(n -> byName.put(n.getName(), n));
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    tensors.forEach(t -> open.add(nodeOf(t)));
    while (!open.isEmpty()) {
      String name = open.pop();
      NodeDef node = byName.get(name);
      if (node != null && seen.add(name)) {
        node.getInputList().forEach(input -> open.push(nodeOf(input)));
      }
    }
    GraphDef.Builder result = graph.toBuilder().clearNode();
    graph.getNodeList().stream().filter(n -> seen.contains(n.getName())).forEach(result::addNode);
    return result.build();
  }

  /** The node of a tensor name: {@code a:1}, {@code a} and {@code ^a} are all of node a. */
  public static String nodeOf(String tensor) {
    String name = tensor.startsWith("^") ? tensor.substring(1) : tensor;
    int colon = name.lastIndexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  /** The same where it may be a function's, {@code NODE:OUTPUT:INDEX}, too. */
  public static String nodeInFunction(String tensor) {
    int colon = tensor.indexOf(':');
    return colon < 0 ? tensor : tensor.substring(0, colon);
  }

  /** The name of a tensor, {@code NODE:INDEX}. */
  public static String nameOf(Output<?> tensor) {
    return tensor.op().name() + ":" + tensor.index();
  }

  /** The output index of a tensor name; 0 where it has none. */
  public static int indexOf(String tensor) {
    int colon = tensor.lastIndexOf(':');
    return colon < 0 ? 0 : Integer.parseInt(tensor.substring(colon + 1));
  }

  private GraphDef without(Set<String> nodes) {
    GraphDef.Builder rest = graph.toBuilder().clearNode();
    graph.getNodeList().stream().filter(n -> !nodes.contains(n.getName())).forEach(rest::addNode);
    Set<String> functions = new HashSet<>();
    graph.getLibrary().getFunctionList().forEach(f -> functions.add(f.getSignature().getName()));
    // Functions that nothing calls stay behind: another network's may have the same names.
    return rest.getNodeList().stream().anyMatch(node -> calls(node, functions))
        ? rest.build()
        : rest.clearLibrary().build();
  }

  private static boolean calls(NodeDef node, Set<String> functions) {
    return functions.contains(node.getOp())
        || node.getAttrMap().values().stream()
            .anyMatch(value -> value.hasFunc() || value.getList().getFuncCount() > 0);
  }

  private static Output<?> output(
      Graph graph, String prefix, String tensor, Map<String, Output<?>> replaced) {
    if (replaced.containsKey(nodeOf(tensor))) {
      return replaced.get(nodeOf(tensor));
    }
    String node = prefix.isEmpty() ? nodeOf(tensor) : prefix + "/" + nodeOf(tensor);
    return graph.operationOrThrow(node).output(indexOf(tensor));
  }

  /**
   * A tensor of a graph by its name, {@code NODE:INDEX}, or {@code NODE} for its first.
   *
   * @throws IllegalArgumentException when the graph has no such node
   */
  public static Output<?> tensor(Graph graph, String name) {
    return graph.operationOrThrow(nodeOf(name)).output(indexOf(name));
  }
}
