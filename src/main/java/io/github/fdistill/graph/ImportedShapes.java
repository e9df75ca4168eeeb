package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

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

  private ImportedShapes() {}

  /**
   * Refuses a graph with others.
   *
   * @param imported the graph as TensorFlow has it
   * @param what of the model it is
   * @throws InputException that names the node
   */
  public static void require(GraphDef graph, Graph imported, String what, Origins origins) {
    for (NodeDef node : graph.getNodeList()) {
      Optional<Shape> unfit = unfit(node, (GraphOperation) imported.operation(node.getName()));
      if (unfit.isPresent()) {
        throw new InputException(
            what + ", " + origins.named(node.getName()),
            "the op " + node.getOp() + ", which gives the shape " + unfit.get(),
            AttributeBounds.SHAPES + ", and pictures of at most " + MOST_PIXELS + " pixels a side",
            "export the network with smaller tensors");
      }
    }
    KnownRanks.unknown(graph, imported)
        .ifPresent(
            node -> {
              throw new InputException(
                  what + ", " + origins.named(node.getName()),
                  "the op " + node.getOp() + " on inputs of unknown shape",
                  "convolutions and their like on shapes that are known before they run",
                  "export the network with the shapes of its inputs, and of what its loops pass"
                      + " on");
            });
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
