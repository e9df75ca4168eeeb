package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Norms that TensorFlow 2.18 with oneDNN makes one op of, which computes something else: of {@code
 * tf.nn.batch_normalization} by {@code tf.nn.moments} over several axes with a constant scale it
 * makes an instance norm, that takes the scale to be one number a channel. Of a group norm with the
 * channels first, or a scale of one number, come wrong values without a word or a read beyond the
 * end; with no rows, a division by zero that ends the process.
 *
 * <p>All such norms add something, to begin with an epsilon, to a mean of squares over several
 * axes. Behind an Abs, which leaves such a mean as it is, TensorFlow does not find them; in what
 * form the squares are written, and what is divided by the root, are for its other passes to
 * change.
 */
public final class FusedNorms {
  private static final Set<String> SUMS = Set.of("Add", "AddV2");
  private static final Set<String> COPIES =
      Set.of("Identity", "StopGradient", "PreventGradient", "Snapshot", "EnsureShape");

  /** Of which Abs is, and instance norms are. */
  private static final Set<DataType> FLOATS =
      Set.of(DataType.DT_FLOAT, DataType.DT_BFLOAT16, DataType.DT_HALF, DataType.DT_DOUBLE);

  private static final AttrValue NOTHING = AttrValue.getDefaultInstance();

  private static final Set<String> ROOTS = Set.of("Rsqrt", "Sqrt", "Pow");
  private static final Set<String> FACTORS = Set.of("Mul", "RealDiv", "Div");

  private static final int MOST_DEEP = 500;

  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, Boolean> constant = new HashMap<>();
  private final Map<String, String> sources = new HashMap<>();

  /** How a tensor of a new node is told. */
  private final String output;

  private FusedNorms(List<NodeDef> list, String output) {
    this.output = output;
    list.forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * Whether a graph has one that TensorFlow may find: with a scale that no variable holds.
   *
   * @param where the graph is from, for messages
   * @throws InputException when its calls cannot be followed
   */
  public static boolean areIn(GraphDef graph, String where) {
    GraphDef flat = FunctionInliner.inline(graph, where, Set.of()).graph();
    return new FusedNorms(flat.getNodeList(), "").hasConstantScale()
        || flat.getNodeList().stream().anyMatch(ControlFlow::is)
            && graph.getLibrary().getFunctionList().stream()
                .anyMatch(f -> new FusedNorms(f.getNodeDefList(), ":y:0").hasConstantScale());
  }

  /** The graph with its norms, and those of its functions, in a form that is not found. */
  static GraphDef apart(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder();
    List<NodeDef> nodes = new FusedNorms(graph.getNodeList(), "").rewritten(graph.getNodeList());
    if (nodes.size() > graph.getNodeCount()) {
      result.clearNode().addAllNode(nodes);
    }
    for (int i = 0; i < graph.getLibrary().getFunctionCount(); i++) {
      FunctionDef function = graph.getLibrary().getFunction(i);
      List<NodeDef> inside = function.getNodeDefList();
      List<NodeDef> changed = new FusedNorms(inside, ":y:0").rewritten(inside);
      if (changed.size() > inside.size()) {
        result.getLibraryBuilder().getFunctionBuilder(i).clearNodeDef().addAllNodeDef(changed);
      }
    }
    return result.build();
  }

  /** Whether the root of a variance, or what it is divided into, is multiplied by a constant. */
  private boolean hasConstantScale() {
    Map<String, List<NodeDef>> takers = new HashMap<>();
    for (NodeDef node : nodes.values()) {
      for (String input : node.getInputList()) {
        takers
            .computeIfAbsent(
                NetworkFunction.nodeInFunction(source(input)), name -> new ArrayList<>())
            .add(node);
      }
    }
    return nodes.values().stream()
        .filter(node -> variance(node).isPresent())
        .flatMap(sum -> takers.getOrDefault(sum.getName(), List.of()).stream())
        .filter(root -> ROOTS.contains(root.getOp()))
        .flatMap(root -> takers.getOrDefault(root.getName(), List.of()).stream())
        .flatMap(by -> takersOf(by, takers))
        .anyMatch(by -> by.getInputList().stream().anyMatch(input -> isConstant(input, 0)));
  }

  private static Stream<NodeDef> takersOf(NodeDef node, Map<String, List<NodeDef>> takers) {
    Stream<NodeDef> next = takers.getOrDefault(node.getName(), List.of()).stream();
    return Stream.concat(Stream.of(node), next).filter(by -> FACTORS.contains(by.getOp()));
  }

  /** Whether a tensor is computed of constants alone, or so deep within others that it may be. */
  private boolean isConstant(String tensor, int deep) {
    NodeDef node = nodeOf(tensor);
    if (node == null || deep > MOST_DEEP) {
      return true; // What calls a function may give it a constant.
    }
    Boolean known = constant.get(node.getName());
    if (known == null) {
      constant.put(node.getName(), false); // Of a loop.
      known =
          node.getOp().equals("Const")
              || node.getInputCount() > 0
                  && !node.getOp().equals("ReadVariableOp")
                  && node.getInputList().stream()
                      .filter(input -> !input.startsWith("^"))
                      .allMatch(input -> isConstant(input, deep + 1));
      constant.put(node.getName(), known);
    }
    return known;
  }

  private List<NodeDef> rewritten(List<NodeDef> list) {
    List<NodeDef> result = new ArrayList<>();
    for (NodeDef node : list) {
      OptionalInt variance = variance(node);
      if (variance.isEmpty()) {
        result.add(node);
        continue;
      }
      String name = node.getName() + "/variance";
      while (nodes.containsKey(name)) {
        name += "_";
      }
      NodeDef.Builder kept = NodeDef.newBuilder().setName(name).setOp("Abs");
      kept.addInput(node.getInput(variance.getAsInt())).setDevice(node.getDevice());
      result.add(kept.putAttr("T", node.getAttrOrThrow("T")).build());
      result.add(node.toBuilder().setInput(variance.getAsInt(), name + output).build());
    }
    return result;
  }

  /** Which input of a sum is a variance, if one is. */
  private OptionalInt variance(NodeDef sum) {
    boolean floats = FLOATS.contains(sum.getAttrOrDefault("T", NOTHING).getType());
    return SUMS.contains(sum.getOp()) && floats
        ? IntStream.range(0, Math.min(2, sum.getInputCount()))
            .filter(i -> isVariance(sum.getInput(i)))
            .findFirst()
        : OptionalInt.empty();
  }

  /** Whether a tensor is a mean of squares over several axes, or over axes that are not known. */
  private boolean isVariance(String tensor) {
    NodeDef mean = nodeOf(tensor);
    return mean != null
        && mean.getOp().equals("Mean")
        && WholeConstant.of(nodeOf(mean.getInput(1))).isEmpty()
        && isSquare(nodeOf(mean.getInput(0)));
  }

  private boolean isSquare(NodeDef node) {
    return switch (node == null ? "" : node.getOp()) {
      case "SquaredDifference", "Square" -> true;
      case "Mul" -> isSame(source(node.getInput(0)), source(node.getInput(1)));
      case "Pow" -> isTwo(nodeOf(node.getInput(1)));
      default -> false;
    };
  }

  /** Whether two tensors are one, or differences of the same: TensorFlow makes one of these. */
  private boolean isSame(String a, String b) {
    NodeDef of = nodes.get(NetworkFunction.nodeInFunction(a));
    NodeDef other = nodes.get(NetworkFunction.nodeInFunction(b));
    return a.equals(b)
        || of != null
            && other != null
            && of.getOp().equals("Sub")
            && of.toBuilder().setName("").build().equals(other.toBuilder().setName("").build());
  }

  private static boolean isTwo(NodeDef node) {
    return node != null
        && node.getOp().equals("Const")
        && IdleDropout.scalar(node.getAttrOrThrow("value")).equals(OptionalDouble.of(2));
  }

  /** The node whose tensor it is, behind copies; null: of an argument of a function. */
  private NodeDef nodeOf(String tensor) {
    return nodes.get(NetworkFunction.nodeInFunction(source(tensor)));
  }

  /** The tensor of which another is a copy; itself where it is none. */
  private String source(String tensor) {
    String known = sources.get(tensor);
    if (known != null) {
      return known;
    }
    List<String> passed = new ArrayList<>();
    String at = tensor;
    for (NodeDef node = nodes.get(NetworkFunction.nodeInFunction(at));
        node != null && COPIES.contains(node.getOp()) && passed.size() < nodes.size();
        node = nodes.get(NetworkFunction.nodeInFunction(at))) {
      passed.add(at);
      at = node.getInput(0);
    }
    String first = at.endsWith(":0") && output.isEmpty() ? at.substring(0, at.length() - 2) : at;
    passed.forEach(copy -> sources.put(copy, first));
    sources.put(tensor, first);
    return first;
  }
}
