package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;

/**
 * What a graph computes of constants alone, where TensorFlow is given it for its shapes: as soon as
 * a shape may follow from such a tensor, TensorFlow computes it, however long that takes and
 * however large it is. Of large ones it is told the shape and no more: what takes one takes a
 * Placeholder.
 */
final class LargeConstants {
  /** No shape follows from more numbers. */
  static final long MOST_ELEMENTS = 10_000;

  /** Constants, and what TensorFlow knows of a tensor without its numbers. */
  private static final Set<String> SOURCES = Set.of("Const", "Rank", "Shape", "ShapeN", "Size");

  private final Graph graph;

  /** Tensors {@code node:index} that TensorFlow may compute. */
  private final Set<String> computed = new HashSet<>();

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

  /** Looks at a node that the graph has. */
  void look(NodeDef node) {
    boolean source = SOURCES.contains(node.getOp());
    List<String> inputs =
        node.getInputList().stream().map(LargeConstants::plain).filter(i -> !i.isEmpty()).toList();
    if (!source && (inputs.isEmpty() || !computed.containsAll(inputs))) {
      return;
    }
    GraphOperation operation = graph.operation(node.getName());
    for (int i = 0; i < operation.numOutputs(); i++) {
      String tensor = node.getName() + ":" + i;
      Shape shape = operation.output(i).shape();
      boolean open = shape.isUnknown() || shape.hasUnknownDimension();
      if (open ? source : shape.size() <= MOST_ELEMENTS) {
        computed.add(tensor);
      } else {
        String name = node.getName() + "/_large" + i;
        GraphAccess.add(
            graph,
            SignatureInputs.placeholder(name, operation.output(i).dataType(), shape),
            List.of());
        hidden.put(tensor, name);
      }
    }
  }

  /** The name {@code node:index}; empty of a control input. */
  private static String plain(String input) {
    return input.startsWith("^")
        ? ""
        : NetworkFunction.nodeOf(input) + ":" + NetworkFunction.indexOf(input);
  }
}
