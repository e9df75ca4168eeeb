package io.github.fdistill.graph;

import io.github.fdistill.graph.LargeAttention.Found;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Rewrites a network that gradients go through so that none of its {@link LargeAttention} holds the
 * matrix of all pairs of tokens, neither forwards nor backwards: slices of the tokens ask one after
 * another, and the gradient is that of {@link AttentionGradient}.
 */
final class SlicedAttention {
  /** Slices that are computed at a time. */
  private static final int AT_A_TIME = 2;

  private static final AttrValue FLOAT = NewNodes.type(DataType.DT_FLOAT);

  private final Found found;
  private final String prefix;
  private final List<NodeDef> nodes = new ArrayList<>();

  private SlicedAttention(Found found, String prefix) {
    this.found = found;
    this.prefix = prefix;
  }

  /**
   * A network's graph, as it is where there is no such attention, or TensorFlow does not take it.
   */
  static GraphDef rewrite(NetworkFunction function) {
    List<Found> found =
        LargeAttention.in(function, AttentionSlices.TOKENS).stream()
            .filter(each -> slices(each) > 1)
            .toList();
    if (found.isEmpty() || !OwnGradient.areThere()) {
      return function.graph();
    }
    Set<String> gone = new HashSet<>();
    found.forEach(each -> gone.addAll(each.nodes()));
    Set<String> taken = new HashSet<>();
    GraphDef.Builder result = function.graph().toBuilder().clearNode();
    for (NodeDef node : function.graph().getNodeList()) {
      taken.add(node.getName());
      if (!gone.contains(node.getName())) {
        result.addNode(node);
      }
    }
    for (Found each : found) {
      result.addAllNode(new SlicedAttention(each, free(each.result(), taken)).replaced());
    }
    return result.build();
  }

  static int slices(Found found) {
    Shape q = found.shape();
    return (int) AttentionSlices.of(q.get(q.numDimensions() - 2));
  }

  /** What no node's name begins with. */
  private static String free(String result, Set<String> taken) {
    String prefix = result + "/slices";
    for (boolean met = true; met; ) {
      String begin = prefix + "/";
      met = taken.stream().anyMatch(name -> name.startsWith(begin));
      prefix += met ? "_" : "";
    }
    return prefix;
  }

  private List<NodeDef> replaced() {
    int rank = found.shape().numDimensions();
    int count = slices(found);
    constant("axis", TensorProto.newBuilder().setDtype(DataType.DT_INT32).addIntVal(rank - 2));
    constant(
        "scale", TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(found.factor()));
    add(
        node("Split", name("parts"), name("axis"), found.q())
            .putAttr("num_split", NewNodes.number(count))
            .putAttr("T", FLOAT));
    NodeDef.Builder whole = node("ConcatV2", name("whole"));
    for (int i = 0; i < count; i++) {
      whole.addInput(slice(i));
    }
    add(
        whole
            .addInput(name("axis"))
            .putAttr("N", NewNodes.number(count))
            .putAttr("T", FLOAT)
            .putAttr("Tidx", NewNodes.INT));
    add(node("StopGradient", name("given"), name("whole")).putAttr("T", FLOAT));
    String end = prefix + new AttentionGradient.Form(found.turned(), rank, count).ending();
    AttrValue.Builder types = AttrValue.newBuilder();
    for (int i = 0; i < 5; i++) {
      types.getListBuilder().addType(DataType.DT_FLOAT);
    }
    add(
        node("IdentityN", end, found.q(), found.k(), found.v(), name("scale"), name("given"))
            .putAttr("T", types.build()));
    add(node("Identity", found.result(), end + ":4").putAttr("T", FLOAT));
    return nodes;
  }

  /** What a part of the tokens is told; they ask when those before the last ones are done. */
  private String slice(int i) {
    String taken = name(i + "/taken");
    NodeDef.Builder logits =
        copy(found.logits(), name(i + "/logits"), name("parts") + ":" + i, found.k());
    if (i >= AT_A_TIME) {
      logits.addInput("^" + name(i - AT_A_TIME + "/taken"));
    }
    add(logits);
    String before = logits.getName();
    if (found.scale().isPresent()) {
      LargeAttention.Scale scale = found.scale().get();
      add(copy(scale.node(), name(i + "/scaled"), before, scale.number()));
      before = name(i + "/scaled");
    }
    add(copy(found.softmax(), name(i + "/softmax"), before));
    add(copy(found.taken(), taken, name(i + "/softmax"), found.v()));
    return taken;
  }

  private static NodeDef.Builder copy(NodeDef node, String name, String... inputs) {
    return node.toBuilder()
        .setName(name)
        .clearInput()
        .addAllInput(List.of(inputs))
        .removeAttr("_class");
  }

  private void constant(String name, TensorProto.Builder value) {
    value.getTensorShapeBuilder();
    add(
        node("Const", name(name))
            .putAttr("dtype", NewNodes.type(value.getDtype()))
            .putAttr("value", AttrValue.newBuilder().setTensor(value).build()));
  }

  private String name(String helper) {
    return prefix + "/" + helper;
  }

  private static NodeDef.Builder node(String op, String name, String... inputs) {
    return NodeDef.newBuilder().setOp(op).setName(name).addAllInput(List.of(inputs));
  }

  private void add(NodeDef.Builder node) {
    nodes.add(node.build());
  }
}
