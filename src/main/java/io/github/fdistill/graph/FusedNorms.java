package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
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
  private final Set<String> names = new HashSet<>();

  /** How a tensor of a new node is told. */
  private final String output;

  private boolean found;

  private FusedNorms(List<NodeDef> list, String output) {
    this.output = output;
    list.forEach(node -> nodes.put(node.getName(), node));
    names.addAll(nodes.keySet());
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
    FusedNorms inGraph = new FusedNorms(graph.getNodeList(), "");
    List<NodeDef> nodes = inGraph.rewritten(graph.getNodeList());
    if (inGraph.found) {
      result.clearNode().addAllNode(nodes);
    }
    for (int i = 0; i < graph.getLibrary().getFunctionCount(); i++) {
      FunctionDef function = graph.getLibrary().getFunction(i);
      FusedNorms inside = new FusedNorms(function.getNodeDefList(), ":y:0");
      List<NodeDef> changed = inside.rewritten(function.getNodeDefList());
      if (inside.found) {
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
        takers.computeIfAbsent(nameOf(source(input)), name -> new ArrayList<>()).add(node);
      }
    }
    return nodes.values().stream()
        .filter(node -> SUMS.contains(node.getOp()) && !sum(node).equals(List.of(node)))
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
    return list.stream()
        .flatMap(node -> SUMS.contains(node.getOp()) ? sum(node).stream() : List.of(node).stream())
        .toList();
  }

  private List<NodeDef> sum(NodeDef sum) {
    if (!FLOATS.contains(sum.getAttrOrDefault("T", NOTHING).getType())) {
      return List.of(sum);
    }
    for (int i = 0; i < Math.min(2, sum.getInputCount()); i++) {
      if (isVariance(sum.getInput(i))) {
        found = true;
        String name = sum.getName() + "/variance";
        while (!names.add(name)) {
          name += "_";
        }
        NodeDef.Builder kept = NodeDef.newBuilder().setName(name).setOp("Abs");
        kept.addInput(sum.getInput(i)).setDevice(sum.getDevice());
        kept.putAttr("T", sum.getAttrOrThrow("T"));
        return List.of(kept.build(), sum.toBuilder().setInput(i, name + output).build());
      }
    }
    return List.of(sum);
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
    NodeDef of = nodes.get(nameOf(a));
    NodeDef other = nodes.get(nameOf(b));
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
    return nodes.get(nameOf(source(tensor)));
  }

  /** The tensor of which another is a copy; itself where it is none. */
  private String source(String tensor) {
    String known = sources.get(tensor);
    if (known != null) {
      return known;
    }
    List<String> passed = new ArrayList<>();
    String at = tensor;
    for (NodeDef node = nodes.get(nameOf(at));
        node != null && COPIES.contains(node.getOp()) && passed.size() < nodes.size();
        node = nodes.get(nameOf(at))) {
      passed.add(at);
      at = node.getInput(0);
    }
    String first = at.endsWith(":0") && output.isEmpty() ? at.substring(0, at.length() - 2) : at;
    passed.forEach(copy -> sources.put(copy, first));
    sources.put(tensor, first);
    return first;
  }

  /** Of a graph, {@code NODE:0}, and of a function, {@code NODE:OUTPUT:0}. */
  private static String nameOf(String tensor) {
    int colon = tensor.indexOf(':');
    return colon < 0 ? tensor : tensor.substring(0, colon);
  }
}
