package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.ResourceHandleProto;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/** A part of a graph as a function of a graph's library: what {@link FunctionInliner} undoes. */
public final class LibraryFunction {
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final Map<String, String> arguments = new LinkedHashMap<>();

  private LibraryFunction(GraphDef graph, List<String> given) {
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    String prefix = "argument_";
    while (taken(prefix)) {
      prefix += "_";
    }
    for (String node : given) {
      arguments.put(node, prefix + arguments.size());
    }
  }

  private boolean taken(String prefix) {
    return nodes.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  /**
   * Makes a function of all that some tensors need.
   *
   * @param name of the function
   * @param given nodes that become its arguments, in their order: placeholders and variables
   * @param results what it gives, in their order, as {@code output_0, output_1, ...}
   */
  public static FunctionDef of(
      String name, GraphDef graph, List<String> given, List<TensorInfo> results) {
    GraphDef needed =
        NetworkFunction.needed(graph, results.stream().map(TensorInfo::getName).toList());
    return new LibraryFunction(needed, given).define(name, graph, results);
  }

  private FunctionDef define(String name, GraphDef graph, List<TensorInfo> results) {
    FunctionDef.Builder function = FunctionDef.newBuilder();
    OpDef.Builder signature = function.getSignatureBuilder().setName(name).setIsStateful(true);
    Map<String, NodeDef> all = new HashMap<>();
    graph.getNodeList().forEach(node -> all.put(node.getName(), node));
    arguments.forEach(
        (node, argument) -> {
          signature.addInputArg(argument(argument, all.get(node)));
          function.putArgAttr(
              signature.getInputArgCount() - 1,
              FunctionDef.ArgAttrs.newBuilder()
                  .putAttr("_output_shapes", shapes(all.get(node)))
                  .build());
        });
    for (int i = 0; i < results.size(); i++) {
      String output = "output_" + i;
      signature.addOutputArg(
          OpDef.ArgDef.newBuilder().setName(output).setType(results.get(i).getDtype()));
      function.putRet(output, tensor(results.get(i).getName()));
    }
    nodes.values().stream()
        .filter(node -> !arguments.containsKey(node.getName()))
        .forEach(node -> function.addNodeDef(inside(node)));
    return function.build();
  }

  private static OpDef.ArgDef argument(String name, NodeDef node) {
    AttrValue type = node.getAttrOrThrow("dtype");
    OpDef.ArgDef.Builder argument = OpDef.ArgDef.newBuilder().setName(name);
    if (!isVariable(node)) {
      return argument.setType(type.getType()).build();
    }
    return argument
        .setType(DataType.DT_RESOURCE)
        .addHandleData(
            ResourceHandleProto.DtypeAndShape.newBuilder()
                .setDtype(type.getType())
                .setShape(shape(node)))
        .build();
  }

  private static boolean isVariable(NodeDef node) {
    return node.getOp().equals("VarHandleOp");
  }

  private static TensorShapeProto shape(NodeDef node) {
    AttrValue shape = node.getAttrOrDefault("shape", AttrValue.getDefaultInstance());
    return shape.hasShape()
        ? shape.getShape()
        : TensorShapeProto.newBuilder().setUnknownRank(true).build();
  }

  /** Of an argument; a handle of a variable is a scalar. */
  private static AttrValue shapes(NodeDef node) {
    TensorShapeProto shape = isVariable(node) ? TensorShapeProto.getDefaultInstance() : shape(node);
    return AttrValue.newBuilder().setList(AttrValue.ListValue.newBuilder().addShape(shape)).build();
  }

  /** A node as it stands in a function; a variable's shape is not known there but by its reads. */
  private NodeDef inside(NodeDef node) {
    NodeDef.Builder inside = node.toBuilder().clearInput().removeAttr("_class");
    List<String> before = new ArrayList<>();
    for (String input : node.getInputList()) {
      if (!input.startsWith("^")) {
        inside.addInput(tensor(input));
      } else if (!arguments.containsKey(NetworkFunction.nodeOf(input))) {
        before.add(input);
      }
    }
    NodeDef variable = node.getInputCount() == 0 ? null : nodes.get(node.getInput(0));
    if (node.getOp().equals("ReadVariableOp") && variable != null && isVariable(variable)) {
      AttrValue.ListValue read = AttrValue.ListValue.newBuilder().addShape(shape(variable)).build();
      inside.putAttr("_output_shapes", AttrValue.newBuilder().setList(read).build());
    }
    return inside.addAllInput(before).build();
  }

  /** What a tensor {@code node:index} is called in a function: {@code node:output:index}. */
  private String tensor(String name) {
    String node = NetworkFunction.nodeOf(name);
    if (arguments.containsKey(node)) {
      return arguments.get(node);
    }
    NodeDef from = nodes.get(node);
    int left = NetworkFunction.indexOf(name);
    for (OpDef.ArgDef output : OpRegistry.op(from.getOp()).getOutputArgList()) {
      int width = FunctionInliner.width(output, from.getAttrMap());
      if (left < width) {
        return node + ":" + output.getName() + ":" + left;
      }
      left -= width;
    }
    throw new IllegalArgumentException(from.getOp() + " has no output of " + name);
  }
}
