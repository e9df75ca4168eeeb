package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Rewrites a float32 network so that its convolutions and matrix products run in bfloat16, with the
 * biases that are added to them: each gets casts around it and nothing else changes. A bias stands
 * within the casts because TensorFlow adds it in the product's own pass then, and sums up its
 * gradient in that of the filter. Weights, statistics and sums stay float32, and so does what is
 * exported.
 *
 * <p>Attention's batches of small products, of two tensors that depend on the images, stay float32
 * too: casts cost what they would gain. Where they are a BatchMatMulV3, which oneDNN does not
 * compute, they become the BatchMatMulV2 that it is for tensors of one type.
 */
final class Bfloat16 {
  private static final Set<String> PRODUCTS = Set.of("Conv2D", "MatMul", "DepthwiseConv2dNative");

  /** The same of many matrices, where one of them depends on no image. */
  private static final Set<String> BATCHES = Set.of("BatchMatMul", "BatchMatMulV2");

  private final GraphDef graph;
  private final Set<String> weights;
  private final GraphDef.Builder result;

  /** Names of products that nothing but a bias takes. */
  private final Set<String> biased = new HashSet<>();

  private Bfloat16(NetworkFunction function) {
    graph = withProductsOfOneType(function.graph());
    weights = WeightsOfProducts.nodes(function);
    result = graph.toBuilder().clearNode();
    Map<String, NodeDef> products = new HashMap<>();
    Map<String, Integer> uses = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      if (isProduct(node)) {
        products.put(node.getName(), node);
      }
      node.getInputList().forEach(in -> uses.merge(NetworkFunction.nodeOf(in), 1, Integer::sum));
    }
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals("BiasAdd")) {
        String product = NetworkFunction.nodeOf(node.getInput(0));
        if (products.containsKey(product) && uses.get(product) == 1) {
          biased.add(product);
        }
      }
    }
  }

  /** A network's graph; its outputs are asked for beside what nodes take. */
  static GraphDef rewrite(NetworkFunction function) {
    Bfloat16 rewriting = new Bfloat16(function);
    function
        .outputs()
        .values()
        .forEach(tensor -> rewriting.biased.remove(NetworkFunction.nodeOf(tensor)));
    return rewriting.rewritten();
  }

  private GraphDef rewritten() {
    for (NodeDef node : graph.getNodeList()) {
      boolean isBias = node.getOp().equals("BiasAdd");
      if (isProduct(node)) {
        addInBfloat16(node);
      } else if (isBias && biased.contains(NetworkFunction.nodeOf(node.getInput(0)))) {
        addInBfloat16(node);
      } else {
        result.addNode(node);
      }
    }
    return result.build();
  }

  private static GraphDef withProductsOfOneType(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder();
    for (NodeDef.Builder node : result.getNodeBuilderList()) {
      if (node.getOp().equals("BatchMatMulV3") && isOfOneType(node)) {
        node.setOp("BatchMatMulV2").removeAttr("Ta").removeAttr("Tb").removeAttr("Tout");
        node.putAttr("T", type(DataType.DT_FLOAT));
      }
    }
    return result.build();
  }

  private static boolean isOfOneType(NodeDef.Builder node) {
    return Stream.of("Ta", "Tb", "Tout")
        .allMatch(name -> node.getAttrOrThrow(name).getType() == DataType.DT_FLOAT);
  }

  private boolean isProduct(NodeDef node) {
    return (PRODUCTS.contains(node.getOp()) || isBatchOfWeights(node))
        && node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT;
  }

  private boolean isBatchOfWeights(NodeDef node) {
    return BATCHES.contains(node.getOp())
        && Stream.of(0, 1)
            .anyMatch(i -> weights.contains(NetworkFunction.nodeOf(node.getInput(i))));
  }

  /**
   * product(a, b) becomes cast(product(cast(a), cast(b))); the outer cast takes its name. Between a
   * product and its bias there is no cast.
   */
  private void addInBfloat16(NodeDef node) {
    String name = node.getName();
    NodeDef.Builder rounded =
        node.toBuilder().setName(inner(name)).clearInput().putAttr("T", type(DataType.DT_BFLOAT16));
    for (int i = 0; i < node.getInputCount(); i++) {
      String input = node.getInput(i);
      if (input.startsWith("^")) {
        rounded.addInput(input);
      } else if (biased.contains(NetworkFunction.nodeOf(input))) {
        rounded.addInput(inner(NetworkFunction.nodeOf(input)));
      } else {
        String castName = name + "/input_" + i;
        result.addNode(cast(castName, input, DataType.DT_FLOAT, DataType.DT_BFLOAT16));
        rounded.addInput(castName);
      }
    }
    result.addNode(rounded);
    if (!biased.contains(name)) {
      result.addNode(cast(name, inner(name), DataType.DT_BFLOAT16, DataType.DT_FLOAT));
    }
  }

  private static String inner(String name) {
    return name + "/bfloat16";
  }

  private static NodeDef cast(String name, String input, DataType from, DataType to) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Cast")
        .addInput(input)
        .putAttr("SrcT", type(from))
        .putAttr("DstT", type(to))
        .build();
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }
}
