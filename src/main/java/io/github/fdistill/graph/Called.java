package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** A function where it is called. */
final class Called {
  private final FunctionInliner inliner;
  private final FunctionInliner.Body body;
  private final FunctionDef function;
  private final Map<String, AttrValue> attributes;

  /** Null before they are asked for: a function's own calls may not be known before. */
  private List<String> outputs;

  /**
   * @param body its nodes
   * @param function its definition
   * @param attributes of the call
   */
  private Called(
      FunctionInliner inliner,
      FunctionInliner.Body body,
      FunctionDef function,
      Map<String, AttrValue> attributes) {
    this.inliner = inliner;
    this.body = body;
    this.function = function;
    this.attributes = attributes;
  }

  /** Its nodes. */
  FunctionInliner.Body body() {
    return body;
  }

  /**
   * The call that a node is.
   *
   * @param caller whose node it is
   * @param node with its attributes as the caller has them
   * @return null where the node is no call: an op, or a conditional that is decided only when it
   *     runs
   */
  static Called of(FunctionInliner inliner, FunctionInliner.Body caller, NodeDef node) {
    String name = null;
    Map<String, AttrValue> attributes = node.getAttrMap();
    int skipped = 0;
    if (FunctionInliner.isCall(node) && node.containsAttr("f")) {
      name = node.getAttrOrThrow("f").getFunc().getName();
      attributes = node.getAttrOrThrow("f").getFunc().getAttrMap();
    } else if (inliner.function(node.getOp()) != null) {
      name = node.getOp();
    } else if (node.getOp().equals("If") || node.getOp().equals("StatelessIf")) {
      Optional<Boolean> predicate =
          node.getInputCount() == 0
              ? Optional.empty()
              : inliner.predicate(caller.resolve(node.getInput(0)));
      if (predicate.isPresent()) {
        AttrValue branch =
            node.getAttrOrDefault(
                predicate.get() ? "then_branch" : "else_branch", AttrValue.getDefaultInstance());
        name = branch.getFunc().getName();
        attributes = branch.getFunc().getAttrMap();
        skipped = 1;
      }
    }
    if (name == null) {
      return null;
    }
    FunctionDef function = inliner.function(name);
    if (function == null) {
      throw inliner.refused(
          caller.name(node), "a call of the function " + name, "a graph that holds the function");
    }
    return new Called(
        inliner, body(inliner, caller, node, function, attributes, skipped), function, attributes);
  }

  private static FunctionInliner.Body body(
      FunctionInliner inliner,
      FunctionInliner.Body caller,
      NodeDef node,
      FunctionDef function,
      Map<String, AttrValue> attributes,
      int skipped) {
    List<String> tensors = new ArrayList<>();
    List<String> before = new ArrayList<>();
    for (String input : node.getInputList()) {
      (input.startsWith("^") ? before : tensors).add(caller.resolve(input));
    }
    Map<String, List<String>> arguments = new LinkedHashMap<>();
    int next = skipped;
    for (OpDef.ArgDef argument : function.getSignature().getInputArgList()) {
      int width = FunctionInliner.width(argument, attributes);
      if (next + width > tensors.size()) {
        throw inliner.refused(
            caller.name(node),
            tensors.size() - skipped + " inputs",
            "as many as the function " + function.getSignature().getName() + " takes");
      }
      arguments.put(argument.getName(), tensors.subList(next, next + width));
      next += width;
    }
    String prefix = inliner.freePrefix(caller.prefix() + node.getName(), function);
    inliner.record(prefix, function);
    return inliner
    .new Body(prefix, function.getNodeDefList(), arguments, attributes, before, caller.level() + 1);
  }

  /** The tensors that it gives, in their order. */
  List<String> outputs() {
    if (outputs == null) {
      outputs = List.copyOf(resolved());
    }
    return outputs;
  }

  private List<String> resolved() {
    List<String> tensors = new ArrayList<>();
    for (OpDef.ArgDef output : function.getSignature().getOutputArgList()) {
      String tensor = function.getRetOrDefault(output.getName(), "");
      if (tensor.isEmpty()) {
        throw body.noOutput(output.getName());
      }
      int width = FunctionInliner.width(output, attributes);
      boolean wholeList = width != 1 && tensor.split(":").length == 2;
      inliner.held().holdNames(width, tensor.length() + body.prefix().length());
      for (int i = 0; i < width; i++) {
        tensors.add(body.resolve(wholeList ? tensor + ":" + i : tensor));
      }
    }
    return tensors;
  }

  /** Its nodes that are to run although no output needs them, as control inputs. */
  List<String> effects() {
    return function.getControlRetMap().values().stream()
        .map(node -> body.resolve("^" + node))
        .toList();
  }
}
