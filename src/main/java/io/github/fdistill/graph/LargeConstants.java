package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * What a graph computes of constants alone: as soon as a shape may follow from such a tensor,
 * TensorFlow computes it, however long that takes and however large it is. While shapes are looked
 * at, TensorFlow is told the shape of a large one and no more: what takes one takes a Placeholder.
 * Whoever is given the graph later computes it all the same, so a few numbers that may be a shape
 * do not follow from a large one, nor does an op take its axes or sizes from one.
 */
final class LargeConstants {
  /** No shape follows from more numbers. */
  static final long MOST_ELEMENTS = 10_000;

  /** Constants, and what TensorFlow knows of a tensor without its numbers. */
  private static final Set<String> SOURCES = Set.of("Const", "Rank", "Shape", "ShapeN", "Size");

  private static final Set<DataType> SHAPES = Set.of(DataType.DT_INT32, DataType.DT_INT64);

  /** Of arguments that no shape follows from but that they have themselves. */
  private static final Set<String> VALUES =
      Set.of("SrcT", "T", "TI", "Tindices", "Tparams", "type");

  private final Graph graph;

  /** Tensors {@code node:index} that TensorFlow may compute. */
  private final Set<String> computed = new HashSet<>();

  /** Those that follow from a shape that may be known in a run alone. */
  private final Set<String> open = new HashSet<>();

  /** Those that follow from a large one, and itself. */
  private final Set<String> large = new HashSet<>();

  /** From a large one to the placeholder in its place. */
  private final Map<String, String> hidden = new HashMap<>();

  LargeConstants(Graph graph) {
    this.graph = graph;
  }

  /** A node with placeholders in the place of large ones among its inputs. */
  NodeDef without(NodeDef node) {
    if (node.getInputList().stream().noneMatch(input -> hidden.containsKey(plain(input)))) {
      return node;
    }
    NodeDef.Builder without = node.toBuilder().clearInput();
    node.getInputList()
        .forEach(input -> without.addInput(hidden.getOrDefault(plain(input), input)));
    return without.build();
  }

  /**
   * Whether a node takes a large tensor where its shape may follow from the numbers, as from axes.
   *
   * @param widths of its arguments, in order: how many of its inputs make a list; -1: one alone
   */
  boolean isAsked(NodeDef node, List<Integer> widths) {
    List<OpDef.ArgDef> arguments = OpRegistry.op(node.getOp()).getInputArgList();
    int at = 0;
    for (int i = 0; i < arguments.size(); i++) {
      int end = Math.min(node.getInputCount(), at + Math.abs(widths.get(i)));
      boolean value =
          !arguments.get(i).getTypeListAttr().isEmpty()
              || VALUES.contains(arguments.get(i).getTypeAttr());
      for (; at < end; at++) {
        String tensor = plain(node.getInput(at));
        if (!value && hidden.containsKey(tensor) && isWhole(tensor)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isWhole(String tensor) {
    return SHAPES.contains(NetworkFunction.tensor(graph, tensor).dataType());
  }

  /**
   * Looks at a node that the graph has.
   *
   * @return whether it gives what may be a shape and follows from a large tensor
   */
  boolean look(NodeDef node) {
    boolean source = SOURCES.contains(node.getOp());
    List<String> inputs =
        node.getInputList().stream().map(LargeConstants::plain).filter(i -> !i.isEmpty()).toList();
    if (!source && (inputs.isEmpty() || !inputs.stream().allMatch(this::isConstant))) {
      return false;
    }
    // A source asks for the numbers where its shape follows from them.
    boolean ofLarge =
        inputs.stream()
            .filter(input -> !(source && (isTold(node, input) || open.contains(input))))
            .anyMatch(large::contains);
    // The shape of a Range is computed of floats as well.
    boolean shape = ofLarge && node.getOp().equals("Range");
    GraphOperation operation = graph.operation(node.getName());
    for (int i = 0; i < operation.numOutputs(); i++) {
      String tensor = node.getName() + ":" + i;
      Output<?> output = operation.output(i);
      if (isOpen(node, inputs, i)) {
        open.add(tensor);
      }
      // One that a run alone decides is not computed before it, however large.
      boolean few =
          isKnown(tensor)
              ? output.shape().size() <= MOST_ELEMENTS
              : source || open.contains(tensor) && !ofLarge;
      if (!few) {
        hide(tensor, output);
      }
      (ofLarge || !few ? large : computed).add(tensor);
      shape |= ofLarge && few && isWhole(tensor);
    }
    return shape;
  }

  private boolean isConstant(String tensor) {
    return computed.contains(tensor) || large.contains(tensor);
  }

  /** Whether an output follows from a shape that is neither known nor computed of constants. */
  private boolean isOpen(NodeDef node, List<String> inputs, int output) {
    if (!SOURCES.contains(node.getOp()) || inputs.isEmpty()) {
      return inputs.stream().anyMatch(open::contains);
    }
    String input = inputs.get(output);
    return !isTold(node, input) && (open.contains(input) || !isConstant(input));
  }

  /** Whether TensorFlow knows what a source tells of a tensor without the tensor's numbers. */
  private boolean isTold(NodeDef source, String tensor) {
    return source.getOp().equals("Rank")
        ? !NetworkFunction.tensor(graph, tensor).shape().isUnknown()
        : isKnown(tensor);
  }

  private void hide(String tensor, Output<?> output) {
    String name = output.op().name() + "/_large" + output.index();
    GraphAccess.add(
        graph, SignatureInputs.placeholder(name, output.dataType(), output.shape()), List.of());
    hidden.put(tensor, name);
  }

  private boolean isKnown(String tensor) {
    Shape shape = NetworkFunction.tensor(graph, tensor).shape();
    return !shape.isUnknown() && !shape.hasUnknownDimension();
  }

  /** The name {@code node:index}; empty of a control input. */
  private static String plain(String input) {
    return input.startsWith("^") ? "" : Segments.tensor(input);
  }
}
