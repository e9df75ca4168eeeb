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
  private static final Set<String> CONVOLUTIONS =
      Set.of("Conv2D", "Conv2DBackpropInput", "DepthwiseConv2dNative");

  /**
   * What is added to or scales each channel. TensorFlow computes it with the product or the
   * convolution before it as one op, which reads as many numbers as there are channels. What stands
   * between the two says little: TensorFlow first takes out what changes nothing.
   */
  private static final Set<String> CHANNEL_BY_CHANNEL =
      Set.of("BiasAdd", "BiasAddV1", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3");

  /** Says of a Placeholder that it stands for any tensor, not for one that a request gives. */
  public static final String ANY = "_any";

  private static final String DIAGONALS = "MatrixDiagV3";
  private static final String PATCHES = "ExtractImagePatches";
  private static final String TRANSPOSED = "Conv2DBackpropInput";
  private static final String DEPTHWISE = "DepthwiseConv2dNative";

  private final Graph imported;
  private final TransposedSizes sizes;
  private final MostDimensions dimensions;
  private final Map<String, NodeDef> nodes = new HashMap<>();

  private KnownRanks(GraphDef graph, Graph imported) {
    this.imported = imported;
    sizes = new TransposedSizes(graph);
    dimensions = new MostDimensions(graph, imported);
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  /** Whether a node is of one of those. */
  public static boolean matter(NodeDef node) {
    String op = node.getOp();
    return CONVOLUTIONS.contains(op)
        || CHANNEL_BY_CHANNEL.contains(op)
        || op.equals(PATCHES)
        || op.equals(DIAGONALS)
        || isGatheredInBatches(node)
        || MostDimensions.matter(node);
  }

  /**
   * The first node of such an op whose shapes are not known well enough.
   *
   * @param imported the graph as TensorFlow has it
   */
  public static Optional<NodeDef> unknown(GraphDef graph, Graph imported) {
    KnownRanks ranks = new KnownRanks(graph, imported);
    return graph.getNodeList().stream()
        .filter(node -> matter(node) && !ranks.known(node))
        .findFirst();
  }

  private boolean known(NodeDef node) {
    if (MostDimensions.matter(node)) {
      return dimensions.fit(node);
    }
    if (isGatheredInBatches(node)) {
      return batchesKnown(node);
    }
    if (node.getOp().equals(DIAGONALS)) {
      return diagonalsKnown(node);
    }
    if (CONVOLUTIONS.contains(node.getOp())) {
      return convolutionKnown(node);
    }
    if (isTraining(node)) {
      return true; // By the batch's own moments it stays an op of its own, which looks itself.
    }
    // As many channels as patches have pixels, times those of the image.
    boolean patches = node.getOp().equals(PATCHES);
    Shape image = shape(patches ? node.getName() : node.getInput(0), imported);
    int axis = channelAxis(node, image);
    boolean known = axis > 0 && image.get(axis) >= 0;
    return known && (patches || vectorsFit(node, image.get(axis)));
  }

  private static boolean isGatheredInBatches(NodeDef node) {
    return node.getOp().equals("ResourceGather") && batches(node) != 0;
  }

  private static long batches(NodeDef gather) {
    return gather.getAttrOrDefault("batch_dims", AttrValue.getDefaultInstance()).getI();
  }

  /** A variable of at least one dimension more, whose batches are those of the indices. */
  private boolean batchesKnown(NodeDef gather) {
    NodeDef variable = VariableReads.source(gather.getInput(0), nodes);
    if (variable == null || !variable.getOp().equals("VarHandleOp")) {
      return false;
    }
    Shape values = VariableReads.shape(variable.getAttrOrThrow("shape").getShape());
    Shape indices = shape(gather.getInput(1), imported);
    long batches = batches(gather);
    boolean known =
        batches > 0 && batches < values.numDimensions() && batches <= indices.numDimensions();
    for (int i = 0; known && i < batches; i++) {
      known = values.get(i) > 0 && values.get(i) == indices.get(i);
    }
    return known;
  }

  /** It reads how many diagonals there are off the one dimension that a single one has. */
  private boolean diagonalsKnown(NodeDef node) {
    int rank = shape(node.getInput(0), imported).numDimensions();
    Optional<List<Double>> which = KnownNumbers.of(node.getInput(1), imported);
    // Of one dimension TensorFlow's look at shapes compares the two.
    return rank > 1
        || which.isPresent() && (rank == 1 || which.get().stream().distinct().count() == 1);
  }

  /** As many numbers in each vector as there are channels; the op believes that there are. */
  private boolean vectorsFit(NodeDef node, long channels) {
    List<Shape> vectors =
        node.getInputList().stream()
            .skip(1)
            .filter(input -> !input.startsWith("^"))
            .map(input -> shape(input, imported))
            .toList();
    return vectors.stream().allMatch(Shape.of(channels)::equals);
  }

  /** Whether it is a batch norm by the moments of its batch. */
  private static boolean isTraining(NodeDef node) {
    return node.getOp().startsWith("FusedBatchNorm")
        && (!node.containsAttr("is_training") || node.getAttrOrThrow("is_training").getB());
  }

  private boolean convolutionKnown(NodeDef node) {
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

  /** Which axis of the image are the channels: the last, where the op does not say; or -1. */
  private static int channelAxis(NodeDef node, Shape image) {
    boolean says =
        OpRegistry.op(node.getOp()).getAttrList().stream()
            .anyMatch(attribute -> attribute.getName().equals("data_format"));
    AttrValue format = node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance());
    int last = image.numDimensions() - 1;
    boolean first = says && format.getS().toStringUtf8().startsWith("NC");
    return first && last < 2 ? -1 : first ? 1 : last;
  }

  /** A filter [h, w, c, m] of known sizes on an image of c channels. */
  private static boolean channelsFit(NodeDef node, List<Shape> shapes) {
    Shape image = shapes.get(0);
    Shape filter = shapes.get(1);
    return !filter.hasUnknownDimension()
        && filter.size() > 0
        && image.get(channelAxis(node, image)) == filter.get(2);
  }

  static Shape shape(String input, Graph imported) {
    return NetworkFunction.tensor(imported, input).shape();
  }
}
