package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Whether the shapes that TensorFlow finds in a graph, before anything runs, are those of tensors
 * that it can compute: it ends the process where one is too large, or reads beyond one of which too
 * little is known ({@link KnownRanks}).
 */
public final class ImportedShapes {
  private static final Set<String> RESIZES =
      Set.of(
          "ResizeArea",
          "ResizeBicubic",
          "ResizeBilinear",
          "ResizeNearestNeighbor",
          "ScaleAndTranslate");

  /** Pixels along a side of a resized picture; of each, tables are made. */
  private static final int MOST_PIXELS = 1 << 20;

  private static final String NEEDED =
      AttributeBounds.SHAPES + ", and pictures of at most " + MOST_PIXELS + " pixels a side";

  private ImportedShapes() {}

  /**
   * Adds nodes to a graph, each after its inputs: what TensorFlow computes of constants, to know a
   * shape, it computes of tensors that have been looked at, and of none that are large.
   *
   * @param empty graph
   * @param what of the model it is
   * @throws InputException that names the first node with another shape, or whose numbers would be
   *     computed of large constants
   * @throws RuntimeException with TensorFlow's message, when they do not fit each other
   */
  public static void add(GraphDef graph, Graph empty, String what, Origins origins) {
    GraphAccess.importGraph(empty, graph.toBuilder().clearNode().build(), "", Map.of());
    LargeConstants large = new LargeConstants(empty);
    for (NodeDef node : inOrder(graph)) {
      List<Integer> widths =
          OpRegistry.op(node.getOp()).getInputArgList().stream()
              .map(argument -> isList(argument) ? width(argument, node) : -1)
              .toList();
      boolean asked = large.isAsked(node, widths);
      if (!asked) {
        GraphAccess.add(empty, large.without(node), widths);
        requireFit(node, empty, what, origins);
      }
      if (asked || large.look(node)) {
        throw new InputException(
            what + ", " + origins.named(node.getName()),
            "the op "
                + node.getOp()
                + ", which takes or gives sizes that follow from a large constant",
            "sizes that follow from tensors of at most "
                + LargeConstants.MOST_ELEMENTS
                + " numbers",
            "export the network with these numbers as a constant");
      }
    }
  }

  private static void requireFit(NodeDef node, Graph imported, String what, Origins origins) {
    unfit(node, imported.operation(node.getName()))
        .ifPresent(
            shape -> {
              throw new InputException(
                  what + ", " + origins.named(node.getName()),
                  "the op " + node.getOp() + ", which gives the shape " + shape,
                  NEEDED,
                  "export the network with smaller tensors");
            });
  }

  private static boolean isList(OpDef.ArgDef argument) {
    return !argument.getNumberAttr().isEmpty() || !argument.getTypeListAttr().isEmpty();
  }

  private static int width(OpDef.ArgDef argument, NodeDef node) {
    return FunctionInliner.width(argument, node.getAttrMap());
  }

  /** The nodes of a graph, each after its inputs. */
  static Collection<NodeDef> inOrder(GraphDef graph) {
    Map<String, NodeDef> left = new LinkedHashMap<>();
    graph.getNodeList().forEach(node -> left.put(node.getName(), node));
    Map<String, NodeDef> ordered = new LinkedHashMap<>();
    Deque<NodeDef> open = new ArrayDeque<>();
    for (NodeDef first : graph.getNodeList()) {
      open.push(first);
      while (!open.isEmpty()) {
        NodeDef node = open.peek();
        boolean seen = left.remove(node.getName()) == null;
        if (!seen) {
          node.getInputList().stream()
              .map(input -> left.get(NetworkFunction.nodeOf(input)))
              .filter(input -> input != null)
              .forEach(open::push);
        } else {
          ordered.putIfAbsent(node.getName(), open.pop());
        }
      }
    }
    return ordered.values();
  }

  /** Whether something has to be known of what a node takes, before it runs. */
  public static boolean matter(NodeDef node) {
    return KnownRanks.matter(node) || ResizeScales.matter(node);
  }

  /**
   * Refuses a graph of which too little is known.
   *
   * @param imported the graph as TensorFlow has it
   * @param convolved whether what it gives may be convolved elsewhere, or what it takes be padded
   * @param what of the model it is
   * @throws InputException that names the node
   */
  public static void requireKnown(
      GraphDef graph, Graph imported, boolean convolved, String what, Origins origins) {
    refuse(
        KnownRanks.unknown(graph, imported),
        what,
        origins,
        " on inputs of unknown shape",
        "convolutions, what adds a dimension, and their like on shapes that are known before they"
            + " run",
        "export the network with the shapes of its inputs, and with biases and norms of as many"
            + " numbers as there are channels");
    refuse(
        ResizeScales.unknown(graph, imported),
        what,
        origins,
        " by a scale that is not known before it runs, or tiny",
        ResizeScales.NEEDED,
        "export the network with its pictures resized by tf.image.resize");
    refuse(
        PaddedConvolutions.unsound(graph, imported, convolved),
        what,
        origins,
        PaddedConvolutions.FOUND,
        "paddings that are numbers, of height and width",
        PaddedConvolutions.REMEDY);
  }

  private static void refuse(
      Optional<NodeDef> node,
      String what,
      Origins origins,
      String found,
      String needed,
      String remedy) {
    if (node.isPresent()) {
      throw new InputException(
          what + ", " + origins.named(node.get().getName()),
          "the op " + node.get().getOp() + found,
          needed,
          remedy);
    }
  }

  private static Optional<Shape> unfit(NodeDef node, GraphOperation operation) {
    boolean resized = RESIZES.contains(node.getOp());
    for (int i = 0; i < operation.numOutputs(); i++) {
      Shape shape = operation.output(i).shape();
      if (!shape.isUnknown() && !(fits(shape) && !(resized && isWide(shape)))) {
        return Optional.of(shape);
      }
    }
    return Optional.empty();
  }

  /** Kernels count along an axis in 32 bits. */
  private static boolean fits(Shape shape) {
    boolean counted = true;
    for (long dim : shape.asArray()) {
      counted &= dim <= Integer.MAX_VALUE;
    }
    return counted && AttributeBounds.fits(shape.asArray());
  }

  private static boolean isWide(Shape shape) {
    return shape.numDimensions() == 4 && Math.max(shape.get(1), shape.get(2)) > MOST_PIXELS;
  }
}
