package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import io.github.fdistill.device.Sessions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Convolutions with dilation, whose C++ gradients are silently wrong, as convolutions with a kernel
 * that has zeros between its values; and with explicit padding, which C++ gradients refuse, as
 * those of a padded image. With dilation d the kernel of k x k is one of (k-1)d+1 x (k-1)d+1: it
 * costs as much more.
 */
public final class ConvolutionRules {
  /** On one side. */
  private static final long MOST_PADDING = 1 << 20;

  private static final String TRANSPOSED = "Conv2DBackpropInput";
  private static final Set<String> CONVOLUTIONS =
      Set.of("Conv2D", "DepthwiseConv2dNative", TRANSPOSED);

  private final Map<String, Shape> shapes;

  private ConvolutionRules(Map<String, Shape> shapes) {
    this.shapes = shapes;
  }

  /**
   * The graph with such convolutions in their place.
   *
   * @param graph whose ops were looked at ({@link PureOps}): TensorFlow gets the nodes of the
   *     kernels, for their shapes, and computes constants among them
   * @param what of the model it is
   * @throws InputException where a kernel is made of a tensor of a shape that none has
   */
  public static GraphDef rewritten(GraphDef graph, String what, Origins origins) {
    List<String> kernels =
        graph.getNodeList().stream()
            .filter(node -> CONVOLUTIONS.contains(node.getOp()) && isDilated(node))
            .map(node -> node.getInput(1))
            .toList();
    ConvolutionRules rules =
        new ConvolutionRules(
            kernels.isEmpty()
                ? Map.of()
                : inferred(NetworkFunction.needed(graph, kernels), what, origins));
    Set<String> taken = new HashSet<>();
    graph.getNodeList().forEach(node -> taken.add(node.getName()));
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      result.addAllNode(
          CONVOLUTIONS.contains(node.getOp())
              ? NewNodes.freed(node, rules.convolution(node), taken)
              : List.of(node));
    }
    return result.build();
  }

  private List<NodeDef> convolution(NodeDef node) {
    List<NodeDef> nodes = new ArrayList<>();
    for (NodeDef dilated : dilated(node)) {
      boolean explicit =
          dilated.getName().equals(node.getName())
              && !dilated.getOp().equals(TRANSPOSED)
              && NewNodes.text(dilated, "padding").equals("EXPLICIT");
      nodes.addAll(explicit ? padded(dilated) : List.of(dilated));
    }
    return nodes;
  }

  /** conv(x; explicit paddings) = conv(pad(x); VALID). */
  private static List<NodeDef> padded(NodeDef node) {
    NewNodes made = new NewNodes(node);
    List<Long> said = node.getAttrOrThrow("explicit_paddings").getList().getIList();
    if (!possible(said) || !PaddedConvolutions.isSound(said, PaddedConvolutions.channels(node))) {
      return List.of(node); // TensorFlow, or who looks at its attributes, says what is wrong.
    }
    int[] pads = said.stream().mapToInt(Math::toIntExact).toArray();
    String padded =
        made.add(
            made.node("padded", "Pad", node.getInput(0), made.pairs("paddings", pads))
                .putAttr("T", node.getAttrOrThrow("T"))
                .putAttr("Tpaddings", NewNodes.INT));
    return withoutPadding(made, node, padded);
  }

  /** What takes the place of a node of explicit paddings: the same of what is padded already. */
  static List<NodeDef> withoutPadding(NewNodes made, NodeDef node, String padded) {
    made.add(
        node.toBuilder()
            .setInput(0, padded)
            .putAttr("padding", NewNodes.text("VALID"))
            .putAttr("explicit_paddings", NewNodes.numbers()));
    return made.all();
  }

  /** Whether explicit paddings are of four axes, each of a usual size. */
  static boolean possible(List<Long> pads) {
    return pads.size() == 8 && pads.stream().allMatch(pad -> pad >= 0 && pad <= MOST_PADDING);
  }

  private static boolean isDilated(NodeDef node) {
    return dilation(node, 0) != 1 || dilation(node, 1) != 1;
  }

  /** Along the height, 0, or the width, 1. */
  private static int dilation(NodeDef node, int side) {
    List<Long> dilations = node.getAttrOrThrow("dilations").getList().getIList();
    boolean channelsFirst = NewNodes.text(node, "data_format").equals("NCHW");
    return dilations.size() == 4 ? dilations.get(side + (channelsFirst ? 2 : 1)).intValue() : 1;
  }

  private List<NodeDef> dilated(NodeDef node) {
    Shape kernel = isDilated(node) ? shape(node.getInput(1)) : Shape.unknown();
    if (kernel.isUnknown() || kernel.hasUnknownDimension() || kernel.numDimensions() != 4) {
      return List.of(
          node); // Without dilation; or of a kernel of no fixed size, which stays as it is.
    }
    NewNodes made = new NewNodes(node);
    AttrValue ones = NewNodes.numbers(1, 1, 1, 1);
    made.add(
        node.toBuilder()
            .setInput(1, spread(made, node, kernel, dilation(node, 0), dilation(node, 1)))
            .putAttr("dilations", ones));
    return made.all();
  }

  /** The kernel [kh,kw,i,o] with d-1 zeros between its values: [(kh-1)dh+1,(kw-1)dw+1,i,o]. */
  private static String spread(NewNodes made, NodeDef node, Shape kernel, int dh, int dw) {
    AttrValue type = node.getAttrOrThrow("T");
    int kh = (int) kernel.get(0);
    int kw = (int) kernel.get(1);
    int in = (int) kernel.get(2);
    int out = (int) kernel.get(3);
    String apart =
        made.reshape(
            "apart", type, node.getInput(1), made.vector("apart_shape", kh, 1, kw, 1, in * out));
    String zeros = made.pairs("zeros", 0, 0, 0, dh - 1, 0, 0, 0, dw - 1, 0, 0);
    String between =
        made.add(
            made.node("between", "Pad", apart, zeros)
                .putAttr("T", type)
                .putAttr("Tpaddings", NewNodes.INT));
    String whole =
        made.reshape("whole", type, between, made.vector("whole_shape", kh * dh, kw * dw, in, out));
    return made.add(
        made.node(
                "kernel",
                "Slice",
                whole,
                made.vector("start", 0, 0, 0, 0),
                made.vector("size", (kh - 1) * dh + 1, (kw - 1) * dw + 1, in, out))
            .putAttr("T", type)
            .putAttr("Index", NewNodes.INT));
  }

  /** What TensorFlow infers of a tensor; unknown where it infers nothing. */
  private Shape shape(String tensor) {
    String name = tensor.contains(":") ? tensor : tensor + ":0";
    return shapes.getOrDefault(name, Shape.unknown());
  }

  private static Map<String, Shape> inferred(GraphDef definition, String what, Origins origins) {
    Map<String, Shape> shapes = new HashMap<>();
    try (Graph graph = Sessions.graph()) {
      ImportedShapes.add(definition, graph, what, origins);
      graph
          .operations()
          .forEachRemaining(
              op -> {
                for (int i = 0; i < op.numOutputs(); i++) {
                  shapes.put(op.name() + ":" + i, op.output(i).shape());
                }
              });
    } catch (TensorFlowException | IllegalArgumentException e) {
      return Map.of(); // A graph that does not fit is refused, with its message, once it is whole.
    }
    return shapes;
  }
}
