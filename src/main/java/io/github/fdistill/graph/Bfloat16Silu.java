package io.github.fdistill.graph;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Computes SiLU in bfloat16 where all that takes it are products in bfloat16: {@code cast(y
 * sigmoid(y))} becomes {@code cast(y) sigmoid(cast(y))}, which TensorFlow makes one op of oneDNN on
 * half of the bytes. Where gradients are taken it may not, for sigmoid alone is slow in bfloat16.
 */
final class Bfloat16Silu {
  private static final AttrValue HALF = NewNodes.type(DataType.DT_BFLOAT16);

  private final GraphDef graph;
  private final Map<String, NodeDef> nodes = new HashMap<>();

  /** Names of nodes that something takes which is not a cast to bfloat16. */
  private final Set<String> takenAsFloats = new HashSet<>();

  private Bfloat16Silu(GraphDef graph, Collection<String> outputs) {
    this.graph = graph;
    for (NodeDef node : graph.getNodeList()) {
      nodes.put(node.getName(), node);
      if (!isCast(node)) {
        node.getInputList().forEach(input -> takenAsFloats.add(NetworkFunction.nodeOf(input)));
      }
    }
    outputs.forEach(tensor -> takenAsFloats.add(NetworkFunction.nodeOf(tensor)));
  }

  /**
   * The rewritten graph.
   *
   * @param outputs its tensors that are asked for
   */
  static GraphDef rewrite(GraphDef graph, Collection<String> outputs) {
    return new Bfloat16Silu(graph, outputs).rewritten();
  }

  private GraphDef rewritten() {
    GraphDef.Builder result = graph.toBuilder().clearNode();
    Set<String> taken = new HashSet<>(nodes.keySet());
    for (NodeDef node : graph.getNodeList()) {
      Optional<String> y = isCast(node) ? siluOf(node.getInput(0)) : Optional.empty();
      if (y.isEmpty()) {
        result.addNode(node);
        continue;
      }
      NewNodes made = new NewNodes(node);
      NodeDef.Builder cast = node.toBuilder().setName(made.name("y")).setInput(0, y.get());
      String half = made.add(cast);
      String sigmoid = made.add("sigmoid", "Sigmoid", HALF, half);
      made.add("", "Mul", HALF, half, sigmoid);
      made.freed(taken).forEach(result::addNode);
    }
    return result.build();
  }

  private static boolean isCast(NodeDef node) {
    return node.getOp().equals("Cast")
        && node.getAttrOrThrow("SrcT").getType() == DataType.DT_FLOAT
        && node.getAttrOrThrow("DstT").getType() == DataType.DT_BFLOAT16;
  }

  /** The tensor that another is the SiLU of, if it is one that casts alone take. */
  private Optional<String> siluOf(String tensor) {
    NodeDef product = nodes.get(tensor);
    boolean casts = product != null && !takenAsFloats.contains(tensor);
    return casts && product.getOp().equals("Mul")
        ? FewerPasses.siluOf(product, nodes)
        : Optional.empty();
  }
}
