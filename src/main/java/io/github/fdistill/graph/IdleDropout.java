package io.github.fdistill.graph;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Dropout that keeps all: its rate is a constant, or the default of a placeholder that nothing
 * feeds. TensorFlow 1 leaves its ops in the graph, random numbers too. Where the mask is the same
 * whatever is drawn from 0 to 1, nothing is drawn: all are 0.
 */
public final class IdleDropout {
  /** Nodes from a constant to what it is made of, or from what is drawn to the mask, at most. */
  private static final int MOST_DEEP = 12;

  /** Nodes that are looked at for what is drawn by one, at most. */
  private static final int MOST_USERS = 100;

  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, List<NodeDef>> users = new HashMap<>();
  private final Set<String> wanted = new HashSet<>();

  private IdleDropout(GraphDef graph, Collection<String> tensors) {
    tensors.forEach(tensor -> wanted.add(NetworkFunction.nodeOf(tensor)));
    for (NodeDef node : graph.getNodeList()) {
      nodes.put(node.getName(), node);
      for (String input : node.getInputList()) {
        users.computeIfAbsent(NetworkFunction.nodeOf(input), name -> new ArrayList<>()).add(node);
      }
    }
  }

  /** Values from one to below another. */
  private record Span(double low, double high) {
    Span times(double factor) {
      return new Span(low * factor, high * factor);
    }

    Span plus(double more) {
      return new Span(low + more, high + more);
    }
  }

  /**
   * The graph without the random numbers of such dropout.
   *
   * @param graph in which what is fed is a placeholder without a default
   * @param tensors that are asked for
   */
  public static GraphDef without(GraphDef graph, Collection<String> tensors) {
    IdleDropout dropout = new IdleDropout(graph, tensors);
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      if (dropout.isIdle(node)) {
        dropout.addZeros(node, result);
      } else {
        result.addNode(node);
      }
    }
    return result.build();
  }

  private boolean isIdle(NodeDef node) {
    AttrValue type = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance());
    return node.getOp().equals("RandomUniform")
        && type.getType() == DataType.DT_FLOAT
        && isTheSame(node, new Span(0, 1), 0);
  }

  /** Whether all that is made of a node's values is the same for each value of a span. */
  private boolean isTheSame(NodeDef node, Span span, int deep) {
    List<NodeDef> all = users.getOrDefault(node.getName(), List.of());
    if (deep > MOST_DEEP || all.size() > MOST_USERS || wanted.contains(node.getName())) {
      return false;
    }
    return all.stream().allMatch(user -> isTheSame(node, user, span, deep));
  }

  private boolean isTheSame(NodeDef node, NodeDef user, Span span, int deep) {
    boolean first = NetworkFunction.nodeOf(user.getInput(0)).equals(node.getName());
    OptionalDouble other =
        user.getInputCount() == 2
            ? number(user.getInput(first ? 1 : 0), 0)
            : OptionalDouble.empty();
    double c = other.orElse(Double.NaN);
    return switch (user.getOp()) {
      case "Identity" -> isTheSame(user, span, deep + 1);
      case "Floor" -> span.high <= Math.floor(span.low) + 1;
      case "Mul" -> c > 0 && isTheSame(user, span.times(c), deep + 1);
      case "Add", "AddV2" -> other.isPresent() && isTheSame(user, span.plus(c), deep + 1);
      case "Sub" -> other.isPresent() && first && isTheSame(user, span.plus(-c), deep + 1);
      case "GreaterEqual" -> first && (c <= span.low || c >= span.high);
      case "Less" -> first && (c >= span.high || c <= span.low);
      default -> false;
    };
  }

  /** A number that the graph knows before it runs. */
  private OptionalDouble number(String tensor, int deep) {
    NodeDef node = nodes.get(NetworkFunction.nodeOf(tensor));
    if (node == null || deep > MOST_DEEP) {
      return OptionalDouble.empty();
    }
    return switch (node.getOp()) {
      case "Const" -> scalar(node.getAttrOrDefault("value", AttrValue.getDefaultInstance()));
      case "Identity", "PlaceholderWithDefault" -> number(node.getInput(0), deep + 1);
      case "Add", "AddV2" -> number(node, deep, Double::sum);
      case "Sub" -> number(node, deep, (a, b) -> a - b);
      case "Mul" -> number(node, deep, (a, b) -> a * b);
      default -> OptionalDouble.empty();
    };
  }

  private OptionalDouble number(NodeDef node, int deep, DoubleBinaryOperator of) {
    if (node.getInputCount() != 2) {
      return OptionalDouble.empty();
    }
    OptionalDouble a = number(node.getInput(0), deep + 1);
    OptionalDouble b = a.isPresent() ? number(node.getInput(1), deep + 1) : a;
    return b.isPresent()
        ? OptionalDouble.of(of.applyAsDouble(a.getAsDouble(), b.getAsDouble()))
        : b;
  }

  /** The number of a float32 scalar that a Const holds. */
  static OptionalDouble scalar(AttrValue value) {
    TensorProto tensor = value.getTensor();
    if (tensor.getDtype() != DataType.DT_FLOAT || tensor.getTensorShape().getDimCount() > 0) {
      return OptionalDouble.empty();
    }
    if (tensor.getTensorContent().size() == Float.BYTES) {
      return OptionalDouble.of(
          tensor
              .getTensorContent()
              .asReadOnlyByteBuffer()
              .order(ByteOrder.LITTLE_ENDIAN)
              .getFloat());
    }
    return OptionalDouble.of(tensor.getFloatValCount() > 0 ? tensor.getFloatVal(0) : 0);
  }

  private void addZeros(NodeDef node, GraphDef.Builder graph) {
    String zero = node.getName() + "/zero";
    while (nodes.containsKey(zero)) {
      zero += "_";
    }
    AttrValue number = NewNodes.type(DataType.DT_FLOAT);
    TensorProto.Builder value = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    value.setTensorShape(TensorShapeProto.getDefaultInstance()).addFloatVal(0);
    graph.addNode(
        NodeDef.newBuilder()
            .setName(zero)
            .setOp("Const")
            .putAttr("dtype", number)
            .putAttr("value", AttrValue.newBuilder().setTensor(value).build()));
    List<String> inputs = new ArrayList<>(List.of(node.getInput(0), zero));
    inputs.addAll(NewNodes.controls(node));
    graph.addNode(
        NodeDef.newBuilder()
            .setName(node.getName())
            .setOp("Fill")
            .addAllInput(inputs)
            .putAttr("T", number)
            .putAttr("index_type", node.getAttrOrDefault("T", NewNodes.INT)));
  }
}
