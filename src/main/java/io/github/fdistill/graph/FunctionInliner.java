package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import io.github.fdistill.device.Natives;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Puts the body of each function in the place of its calls, which TensorFlow's gradients do not
 * pass through. The nodes of a body are named {@code CALL/NODE}; a node CALL stays, which does
 * nothing and ends when the body has, for what must only run after it.
 */
public final class FunctionInliner {
  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  /** More than any network has: a model that asks for more is refused, not tried. */
  static final int MOST_NODES = 2_000_000;

  static final int MOST_LEVELS = 200;

  /** In one argument or output of an op. */
  private static final int MOST_TENSORS = 10_000;

  private final String where;
  private final Map<String, FunctionDef> library = new HashMap<>();
  private final Map<String, Placed> taken = new HashMap<>();
  private final Map<String, String> functions = new HashMap<>();
  private final ConstantPredicates predicates;
  private final GraphDef.Builder result;
  private final HeldNodes held;

  private record Placed(Body body, NodeDef node) {}

  /**
   * A graph without calls.
   *
   * @param top resolves the names that tensors of the graph had
   * @param origins the functions that its nodes stand in
   */
  public record Inlined(GraphDef graph, Body top, Origins origins) {
    /** Whether the graph had such a tensor. */
    public boolean has(String tensor) {
      return top.node(NetworkFunction.nodeOf(tensor)) != null;
    }

    /** What a tensor {@code node:index} of the graph is called now. */
    public String tensor(String name) {
      return top.resolve(name);
    }
  }

  private FunctionInliner(GraphDef graph, String where, Set<String> fed) {
    this.where = where;
    held = new HeldNodes(where, HeldNodes.MOST_BYTES);
    predicates = new ConstantPredicates(this::resolved, fed);
    graph.getLibrary().getFunctionList().forEach(f -> library.put(f.getSignature().getName(), f));
    result = graph.toBuilder().clearNode().clearLibrary();
  }

  /**
   * Inlines every call, and the branch of a conditional whose predicate is constant.
   *
   * @param where the graph is from, for messages
   * @param fed {@link FlatGraph#fed tensors} that signatures feed: they decide nothing
   * @throws InputException for calls of functions that are not there, or call themselves, and for
   *     more than two million nodes
   */
  public static Inlined inline(GraphDef graph, String where, Set<String> fed) {
    FunctionInliner inliner = new FunctionInliner(graph, where, fed);
    try {
      return inliner.inlined(graph);
    } catch (StackOverflowError e) {
      throw inliner.refused(
          "the graph",
          "functions called within or after each other more often than can be followed",
          "a network of a usual depth, without a call that takes its own output");
    }
  }

  private Inlined inlined(GraphDef graph) {
    Body top = new Body("", graph.getNodeList(), Map.of(), Map.of(), List.of(), 0);
    top.write();
    // What stays a call keeps its functions.
    result.setLibrary(graph.getLibrary());
    return new Inlined(result.build(), top, new Origins(where, functions));
  }

  /** What is held until all is in its place. */
  HeldNodes held() {
    return held;
  }

  /** The nodes of the graph, or of a function where it is called. */
  final class Body {
    private final String prefix;
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
    private final Map<String, List<String>> arguments;
    private final Map<String, AttrValue> attributes;
    private final List<String> before;
    private final int level;
    private final Map<String, Called> called = new HashMap<>();

    /**
     * @param prefix of its nodes' names
     * @param arguments the tensors of each argument
     * @param attributes of the call
     * @param before what must run before its nodes, as control inputs
     */
    Body(
        String prefix,
        List<NodeDef> nodes,
        Map<String, List<String>> arguments,
        Map<String, AttrValue> attributes,
        List<String> before,
        int level) {
      this.prefix = prefix;
      this.arguments = arguments;
      this.attributes = attributes;
      this.before = before;
      this.level = level;
      for (NodeDef node : nodes) {
        if (this.nodes.put(node.getName(), node) != null) {
          throw refused(name(node), "two nodes of that name", "names that differ");
        }
        taken.put(prefix + node.getName(), new Placed(this, node));
        held.hold(prefix, node);
      }
      if (taken.size() > MOST_NODES || level > MOST_LEVELS) {
        throw refused(
            prefix.isEmpty() ? "the graph" : "function call " + prefix,
            level > MOST_LEVELS
                ? "more than " + MOST_LEVELS + " calls within each other"
                : "more than " + MOST_NODES + " nodes without calls",
            "functions that do not call themselves, of a network of a usual size");
      }
    }

    /** What an input of one of its nodes is in the graph without calls. */
    String resolve(String input) {
      if (input.startsWith("^")) {
        String name = input.substring(1);
        return arguments.containsKey(name)
            ? "^" + NetworkFunction.nodeOf(arguments.get(name).get(0))
            : "^" + prefix + name;
      }
      String[] parts = input.split(":");
      int index = parts.length > 1 ? number(parts[parts.length - 1]) : 0;
      if (arguments.containsKey(parts[0])) {
        return element(arguments.get(parts[0]), index, input);
      }
      NodeDef node = nodes.get(parts[0]);
      if (node == null && level == 0) {
        return input; // Whoever needs the tensor will say that it is missing.
      }
      if (node == null) {
        throw refused("input " + input + " in " + prefix, "no such node", "a whole graph");
      }
      if (parts.length == 3 || (parts.length == 2 && !isNumber(parts[1]))) {
        index = (parts.length == 3 ? index : 0) + offset(node, parts[1]);
      }
      Called function = called(node);
      if (function != null) {
        return element(function.outputs(), index, input);
      }
      return prefix + parts[0] + (index == 0 ? "" : ":" + index);
    }

    private String element(List<String> tensors, int index, String input) {
      if (index >= tensors.size()) {
        throw refused(
            "input " + input + " in " + prefix,
            "there are " + tensors.size() + " outputs",
            "a whole graph");
      }
      return tensors.get(index);
    }

    /** The number of the first tensor of an output, which has a name in a function's body. */
    private int offset(NodeDef node, String output) {
      FunctionDef function = library.get(node.getOp());
      OpDef op = function != null ? function.getSignature() : OpRegistry.op(node.getOp());
      if (op == null) {
        throw unknown(node);
      }
      int offset = 0;
      for (OpDef.ArgDef arg : op.getOutputArgList()) {
        if (arg.getName().equals(output)) {
          return offset;
        }
        offset += width(arg, substituted(node).getAttrMap());
      }
      throw refused(name(node), "it has no output " + output, "a whole graph");
    }

    /** The call that a node is; null where it is none. */
    private Called called(NodeDef node) {
      if (called.containsKey(node.getName())) {
        return called.get(node.getName());
      }
      Called function = Called.of(FunctionInliner.this, this, substituted(node));
      called.put(node.getName(), function);
      return function;
    }

    /** Adds its nodes to the graph. */
    void write() {
      for (NodeDef node : nodes.values()) {
        Called function = called(node);
        if (function == null) {
          result.addNode(written(node));
        } else {
          function.body().write();
          result.addNode(end(node, function));
        }
      }
    }

    private NodeDef written(NodeDef node) {
      NodeDef.Builder written = substituted(node).toBuilder();
      written.setName(prefix + node.getName()).clearInput().clearDevice().removeAttr("_class");
      written.removeAttr("_output_shapes"); // TensorFlow would believe what the model says there.
      node.getInputList().forEach(input -> written.addInput(resolve(input)));
      OpDef op = OpRegistry.op(node.getOp());
      if (written.getInputCount() == 0 || op == null || op.getIsStateful()) {
        written.addAllInput(before);
      }
      return written.build();
    }

    private NodeDef end(NodeDef node, Called function) {
      NodeDef.Builder end = NodeDef.newBuilder().setName(prefix + node.getName()).setOp("NoOp");
      Set<String> after = new java.util.LinkedHashSet<>();
      function.outputs().forEach(tensor -> after.add("^" + NetworkFunction.nodeOf(tensor)));
      after.addAll(function.effects());
      return end.addAllInput(after).build();
    }

    /** The node with the attributes of the call in the place of those that stand for them. */
    private NodeDef substituted(NodeDef node) {
      NodeDef.Builder substituted = node.toBuilder();
      node.getAttrMap()
          .forEach(
              (name, value) -> {
                if (!value.getPlaceholder().isEmpty()) {
                  AttrValue given = attributes.get(value.getPlaceholder());
                  if (given == null) {
                    throw refused(
                        name(node),
                        "its attribute " + name + " stands for " + value.getPlaceholder(),
                        "a call that gives that attribute");
                  }
                  substituted.putAttr(name, given);
                }
              });
      return substituted.build();
    }

    String name(NodeDef node) {
      return "node " + prefix + node.getName();
    }

    String prefix() {
      return prefix;
    }

    InputException noOutput(String output) {
      return refused(
          "function call " + prefix,
          "the function does not say what its output " + output + " is",
          "a whole graph");
    }

    int level() {
      return level;
    }

    /** The nodes of its own, by name. */
    NodeDef node(String name) {
      return nodes.get(name);
    }
  }

  /** How many tensors an argument or an output has. */
  static int width(OpDef.ArgDef arg, Map<String, AttrValue> attributes) {
    if (!arg.getNumberAttr().isEmpty()) {
      long number =
          attributes.getOrDefault(arg.getNumberAttr(), AttrValue.getDefaultInstance()).getI();
      return (int) Math.max(0, Math.min(number, MOST_TENSORS));
    }
    if (!arg.getTypeListAttr().isEmpty()) {
      return attributes
          .getOrDefault(arg.getTypeListAttr(), AttrValue.getDefaultInstance())
          .getList()
          .getTypeCount();
    }
    return 1;
  }

  /** The function of a name; null where there is none. */
  FunctionDef function(String name) {
    return library.get(name);
  }

  /** Whether a node calls the function that its attribute {@code f} names. */
  public static boolean isCall(NodeDef node) {
    return CALLS.contains(node.getOp());
  }

  /** A prefix for the nodes of a call's body, which no node has yet. */
  String freePrefix(String call, FunctionDef function) {
    String prefix = call + "/";
    while (collides(prefix, function)) {
      prefix = prefix.substring(0, prefix.length() - 1) + "_/";
    }
    return prefix;
  }

  private boolean collides(String prefix, FunctionDef function) {
    return function.getNodeDefList().stream()
        .anyMatch(node -> taken.containsKey(prefix + node.getName()));
  }

  /** The truth value of a tensor of the graph without calls, where it is known. */
  Optional<Boolean> predicate(String tensor) {
    return predicates.of(tensor);
  }

  /** The node of a tensor, with inputs of the graph without calls; null where there is none. */
  private NodeDef resolved(String tensor) {
    Placed placed = taken.get(NetworkFunction.nodeOf(tensor));
    if (placed == null) {
      return null;
    }
    NodeDef.Builder node = placed.node().toBuilder().clearInput();
    placed.node().getInputList().forEach(input -> node.addInput(placed.body().resolve(input)));
    return node.build();
  }

  /** Says which function the nodes of a body are from. */
  void record(String prefix, FunctionDef function) {
    functions.put(prefix, function.getSignature().getName());
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(Character::isDigit) && text.length() < 10;
  }

  private static int number(String text) {
    return isNumber(text) ? Integer.parseInt(text) : 0;
  }

  InputException unknown(NodeDef node) {
    return refused(
        "node " + node.getName(),
        "the op " + node.getOp() + ", which TensorFlow " + Natives.version() + " does not know",
        "ops of that TensorFlow, or functions that the SavedModel holds");
  }

  InputException refused(String place, String found, String needed) {
    return new InputException(
        where + ", " + place, found, needed, "export or copy the model again");
  }
}
