package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Ops that end the process where an input has another rank than they take, or a vector for each
 * channel another length. TensorFlow's look at shapes, before anything runs, refuses one that is
 * wrong; one that is hidden from it is refused here.
 */
public final class KnownRanks {
  private static final Set<String> OPS =
      Set.of("Conv2D", "Conv2DBackpropInput", "DepthwiseConv2dNative");

  /** What is added to or scales each channel. */
  private static final Set<String> FUSED =
      Set.of("BiasAdd", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3");

  /** Longer chains of Identity are not followed. */
  private static final int MOST_STEPS = 64;

  private static final String TRANSPOSED = "Conv2DBackpropInput";
  private static final String DEPTHWISE = "DepthwiseConv2dNative";

  private KnownRanks() {}

  /** Whether an op is one of those. */
  public static boolean matter(String op) {
    return OPS.contains(op);
  }

  /**
   * The first node of such an op whose shapes are not known well enough.
   *
   * @param imported the graph as TensorFlow has it
   */
  public static Optional<NodeDef> unknown(GraphDef graph, Graph imported) {
    TransposedSizes sizes = new TransposedSizes(graph);
    Map<String, NodeDef> nodes = new HashMap<>();
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    return graph.getNodeList().stream()
        .filter(
            node ->
                matter(node.getOp()) && !known(node, imported, sizes)
                    || isFused(node, nodes) && !channelsKnown(node, imported))
        .findFirst();
  }

  /** Whether TensorFlow may compute a node with the convolution before it, as one op. */
  private static boolean isFused(NodeDef node, Map<String, NodeDef> nodes) {
    if (!FUSED.contains(node.getOp()) || node.getInputCount() == 0) {
      return false;
    }
    NodeDef from = nodes.get(NetworkFunction.nodeOf(node.getInput(0)));
    for (int step = 0; step < MOST_STEPS && isPassedOn(from); step++) {
      from = nodes.get(NetworkFunction.nodeOf(from.getInput(0)));
    }
    return from != null && (matter(from.getOp()) || isPassedOn(from));
  }

  private static boolean isPassedOn(NodeDef node) {
    return node != null && node.getOp().equals("Identity") && node.getInputCount() > 0;
  }

  /** As many numbers for each vector as the image has channels; it believes that there are. */
  private static boolean channelsKnown(NodeDef node, Graph imported) {
    Shape image = shape(node.getInput(0), imported);
    int axis = channelAxis(node);
    if (image.numDimensions() != 4 || image.get(axis) < 0) {
      return false;
    }
    return node.getInputList().stream()
        .skip(1)
        .filter(input -> !input.startsWith("^"))
        .map(input -> shape(input, imported))
        .allMatch(
            vector ->
                vector.numDimensions() == 1
                    && (vector.get(0) == image.get(axis)
                        || vector.get(0) == 0 && !node.getOp().equals("BiasAdd")));
  }

  private static boolean known(NodeDef node, Graph imported, TransposedSizes sizes) {
    List<Shape> shapes =
        node.getInputList().stream()
            .filter(input -> !input.startsWith("^"))
            .map(input -> shape(input, imported))
            .toList();
    // The first input of a transposed convolution is a list of sizes.
    boolean transposed = node.getOp().equals(TRANSPOSED);
    boolean ranks =
        shapes.stream().skip(transposed ? 1 : 0).allMatch(shape -> shape.numDimensions() == 4);
    if (!ranks || shapes.size() != (transposed ? 3 : 2)) {
      return false;
    }
    if (transposed) {
      return sizes.fit(node, shapes, shape(node.getName(), imported));
    }
    return !node.getOp().equals(DEPTHWISE) || channelsFit(node, shapes);
  }

  /** Which axis of the image are the channels: the last, where the node does not say. */
  private static int channelAxis(NodeDef node) {
    String format =
        node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    return format.equals("NCHW") ? 1 : 3;
  }

  /** A filter [h, w, c, m] of known sizes on an image of c channels. */
  private static boolean channelsFit(NodeDef node, List<Shape> shapes) {
    Shape image = shapes.get(0);
    Shape filter = shapes.get(1);
    return !filter.hasUnknownDimension()
        && filter.size() > 0
        && image.get(channelAxis(node)) == filter.get(2);
  }

  private static Shape shape(String input, Graph imported) {
    return imported
        .operation(NetworkFunction.nodeOf(input))
        .output(NetworkFunction.indexOf(input))
        .shape();
  }
}
