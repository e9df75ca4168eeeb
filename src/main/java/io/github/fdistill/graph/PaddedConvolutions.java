package io.github.fdistill.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Images that are padded before a convolution without padding. TensorFlow may compute a Pad and the
 * Conv2D after it as one op, which looks at no paddings: some below 0 end the process, and those of
 * the batch and of the channels it forgets. A PadV2 stays an op of its own.
 */
public final class PaddedConvolutions {
  static final String FOUND =
      " before a convolution, by paddings that are not known before it runs, or not of height and"
          + " width alone";

  static final String REMEDY =
      "export the network with paddings that are numbers; or with"
          + " tf.pad(..., constant_values=tf.constant(0.)), which stays an op of its own; what"
          + " tf.image pads, as resize_with_pad does, is padded before the network is called";

  private static final String PAD = "Pad";
  private static final String CONVOLUTION = "Conv2D";

  /** Give the numbers that they take. */
  private static final Set<String> SHAPED = Set.of("Identity", "Reshape");

  /** Longer chains of them are not followed. */
  private static final int MOST_STEPS = 64;

  private PaddedConvolutions() {}

  /** Whether a node is a convolution that TensorFlow may compute with the padding before it. */
  public static boolean isPlain(NodeDef node) {
    return isPlain(node, CONVOLUTION);
  }

  private static boolean isPlain(NodeDef node, String op) {
    return node.getOp().equals(op)
        && !node.getAttrOrDefault("padding", AttrValue.getDefaultInstance())
            .getS()
            .toStringUtf8()
            .equals("SAME");
  }

  /**
   * The first Pad with other paddings that may become one with a convolution.
   *
   * @param imported the graph as TensorFlow has it
   * @param convolved whether what it gives may be convolved elsewhere, or what it takes be padded
   */
  static Optional<NodeDef> unsound(GraphDef graph, Graph imported, boolean convolved) {
    if (convolved) {
      Optional<NodeDef> pad =
          graph.getNodeList().stream()
              .filter(node -> node.getOp().equals(PAD))
              .filter(node -> numbers(node, imported).filter(PaddedConvolutions::add).isEmpty())
              .findFirst();
      if (pad.isPresent()) {
        return pad;
      }
    }
    return unsound(graph, imported, 1).or(() -> unsound(graph, imported, 3));
  }

  /** Before convolutions whose channels are this axis. */
  private static Optional<NodeDef> unsound(GraphDef graph, Graph imported, int channels) {
    Map<String, NodeDef> nodes = new HashMap<>();
    Deque<String> left = new ArrayDeque<>();
    for (NodeDef node : graph.getNodeList()) {
      nodes.put(node.getName(), node);
      if (isPlain(node) && channels(node) == channels) {
        left.add(node.getInput(0));
      }
    }
    StayingOps staying = new StayingOps(nodes, imported);
    Set<String> seen = new HashSet<>();
    while (!left.isEmpty()) {
      NodeDef node = nodes.get(NetworkFunction.nodeOf(left.remove()));
      if (node == null || !seen.add(node.getName()) || staying.has(node)) {
        continue;
      }
      boolean pads = node.getOp().equals(PAD);
      Optional<List<Double>> paddings = pads ? numbers(node, imported) : Optional.of(List.of());
      if (paddings.filter(all -> isSound(all, channels)).isEmpty()) {
        return Optional.of(node);
      }
      // One that pads something stays, and is what the convolution is computed with.
      if (paddings.get().stream().allMatch(padding -> padding == 0)) {
        node.getInputList().stream().filter(input -> carries(input, imported)).forEach(left::add);
      }
    }
    return Optional.empty();
  }

  /** Whether a tensor may be an image: shapes, axes and choices are none. */
  private static boolean carries(String input, Graph imported) {
    return !input.startsWith("^")
        && DataTypes.isFloating(NetworkFunction.tensor(imported, input).dataType());
  }

  private static Optional<List<Double>> numbers(NodeDef pad, Graph imported) {
    return KnownNumbers.of(pad.getInput(1), imported);
  }

  /** Whether none takes away. */
  private static boolean add(List<Double> paddings) {
    return paddings.stream().allMatch(padding -> padding >= 0);
  }

  /** Of an image, or else before something that makes another tensor of it. */
  static boolean isSound(List<? extends Number> paddings, int channels) {
    boolean image = paddings.size() == 8;
    boolean sound = true;
    for (int i = 0; i < paddings.size(); i++) {
      double padding = paddings.get(i).doubleValue();
      boolean side = i / 2 != 0 && i / 2 != channels;
      sound &= padding == 0 || padding > 0 && (side || !image);
    }
    return sound;
  }

  /** The axis of the channels. */
  static int channels(NodeDef convolution) {
    return DirectProducts.isChannelsFirst(convolution) ? 1 : 3;
  }

  /**
   * How to write the Pads of a network, which may become one with convolutions of it.
   *
   * @param graph with every attribute of its nodes written out
   */
  static GradientRewrites.Rule pads(GraphDef graph) {
    Map<String, NodeDef> nodes = new HashMap<>();
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    Set<Integer> channels = channels(graph, CONVOLUTION);
    return node -> {
      // Under its name in the graph: indices of 64 bits are narrowed before.
      String paddings = nodes.get(node.getName()).getInput(1);
      Optional<List<Long>> all = WholeConstant.all(source(paddings, nodes));
      boolean sound =
          channels.stream().allMatch(axis -> all.isPresent() && isSound(all.get(), axis));
      return sound ? List.of(node) : apart(node);
    };
  }

  /** The axes of the channels of convolutions of an op that have no padding. */
  static Set<Integer> channels(GraphDef graph, String op) {
    Set<Integer> channels = new HashSet<>();
    graph.getNodeList().stream()
        .filter(node -> isPlain(node, op))
        .forEach(node -> channels.add(channels(node)));
    return channels;
  }

  /** Where a tensor has its numbers from, be it with another shape; may be null. */
  static NodeDef source(String tensor, Map<String, NodeDef> nodes) {
    NodeDef source = nodes.get(NetworkFunction.nodeOf(tensor));
    for (int i = 0; i < MOST_STEPS && source != null && SHAPED.contains(source.getOp()); i++) {
      source = nodes.get(NetworkFunction.nodeOf(source.getInput(0)));
    }
    return source;
  }

  /** Pad(x, paddings) = PadV2(x, paddings, 0). */
  private static List<NodeDef> apart(NodeDef node) {
    NewNodes made = new NewNodes(node);
    String value =
        made.add(
            made.node("value", "Cast", made.scalar("zero", 0))
                .putAttr("SrcT", NewNodes.INT)
                .putAttr("DstT", node.getAttrOrThrow("T")));
    made.add(
        node.toBuilder()
            .setOp("PadV2")
            .clearInput()
            .addAllInput(List.of(node.getInput(0), node.getInput(1), value))
            .addAllInput(NewNodes.controls(node)));
    return made.all();
  }
}
