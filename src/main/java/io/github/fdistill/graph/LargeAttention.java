package io.github.fdistill.graph;

import io.github.fdistill.device.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Finds attention over many tokens in a network: softmax(s q k') v of float32, with a number s that
 * constants and known shapes decide or none, as the ops BatchMatMul, Mul or a division by a number,
 * Softmax, BatchMatMul, and Identity between any two; or these in slices of q, between a Split and
 * a ConcatV2. What is masked or looked at elsewhere is not found.
 */
final class LargeAttention {
  private static final Set<String> PRODUCTS =
      Set.of("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3");
  private static final AttrValue NO = NewNodes.truth(false);

  private final NetworkFunction function;
  private final long many;
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final Map<String, List<NodeDef>> users;
  private final Set<String> asked = new HashSet<>();

  private LargeAttention(NetworkFunction function, long many) {
    this.function = function;
    this.many = many;
    function.graph().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    users = DirectProducts.users(function.graph());
    function.outputs().values().forEach(t -> asked.add(NetworkFunction.nodeOf(t)));
  }

  /**
   * All that a network has.
   *
   * @param many tokens: where no more ask, or answer, there is little to hold
   */
  static List<Found> in(NetworkFunction function, long many) {
    if (!mayBeIn(function)) {
      return List.of();
    }
    try (Graph graph = Sessions.graph()) {
      GraphAccess.importGraph(graph, function.graph(), "", Map.of());
      return in(function, graph, many);
    }
  }

  /**
   * The same.
   *
   * @param graph into which the network has been imported
   */
  static List<Found> in(NetworkFunction function, Graph graph, long many) {
    return new LargeAttention(function, many).all(graph);
  }

  /** Whether a network has any softmax. */
  static boolean mayBeIn(NetworkFunction function) {
    return function.graph().getNodeList().stream().anyMatch(LargeAttention::isSoftmax);
  }

  static boolean isSoftmax(NodeDef node) {
    return node.getOp().equals("Softmax");
  }

  /**
   * Attention in a graph.
   *
   * @param logits its first product
   * @param scale what comes after it; none: nothing does
   * @param taken its second product
   * @param result the node that gives it: the second product, or the ConcatV2 of its slices
   * @param q the tensor that asks
   * @param nodes all that compute it
   * @param shape of q, [..., tokens, width]; of unknown rank before it is looked at
   */
  record Found(
      NodeDef logits,
      Optional<Scale> scale,
      NodeDef softmax,
      NodeDef taken,
      String result,
      String q,
      Set<String> nodes,
      Shape shape) {

    String k() {
      return logits.getInput(1);
    }

    String v() {
      return taken.getInput(1);
    }

    /** By what the product is multiplied. */
    float factor() {
      return scale.map(Scale::factor).orElse(1f);
    }

    /** Whether k is [..., tokens, width], as q is. */
    boolean turned() {
      return logits.getAttrOrDefault("adj_y", NO).getB();
    }

    /** The same in one piece. */
    Found whole(String joined, String asking, Set<String> all) {
      return new Found(logits, scale, softmax, taken, joined, asking, all, shape);
    }

    Found of(Shape known) {
      return new Found(logits, scale, softmax, taken, result, q, nodes, known);
    }

    /** Whether another part of the same q asks the same. */
    boolean isLike(Found other) {
      return k().equals(other.k())
          && v().equals(other.v())
          && turned() == other.turned()
          && factor() == other.factor()
          && NetworkFunction.nodeOf(q).equals(NetworkFunction.nodeOf(other.q));
    }
  }

  /**
   * A multiplication, or a division, by a number.
   *
   * @param number the tensor that holds it
   * @param factor by which the node multiplies
   */
  record Scale(NodeDef node, String number, float factor) {}

  private List<Found> all(Graph graph) {
    Map<String, Found> each = new LinkedHashMap<>();
    List<Found> whole = new ArrayList<>();
    nodes.values().forEach(node -> of(node, graph).ifPresent(one -> each.put(one.result(), one)));
    for (NodeDef node : nodes.values()) {
      if (node.getOp().equals("ConcatV2")) {
        Optional<Found> joined = joined(node, each, graph);
        joined.ifPresent(whole::add);
        joined.ifPresent(one -> each.keySet().removeAll(one.nodes()));
      }
    }
    whole.addAll(each.values());
    return whole.stream()
        .filter(one -> isLarge(one, graph))
        .map(one -> one.of(shape(graph, one.q())))
        .toList();
  }

  /** Attention whose second product a node is. */
  private Optional<Found> of(NodeDef taken, Graph graph) {
    if (!isProduct(taken) || taken.getAttrOrDefault("adj_y", NO).getB()) {
      return Optional.empty();
    }
    Set<String> all = new HashSet<>(Set.of(taken.getName()));
    Optional<NodeDef> softmax = before(taken.getInput(0), all).filter(LargeAttention::isSoftmax);
    Optional<NodeDef> last = softmax.flatMap(node -> before(node.getInput(0), all));
    Optional<Scale> scale = last.flatMap(node -> scale(node, graph));
    Optional<NodeDef> logits =
        (scale.isPresent() ? before(scaled(scale.get()), all) : last)
            .filter(LargeAttention::isProduct);
    return logits.map(
        product ->
            new Found(
                product,
                scale,
                softmax.get(),
                taken,
                taken.getName(),
                product.getInput(0),
                all,
                Shape.unknown()));
  }

  /**
   * The node that a tensor comes from, behind Identity, where nothing else takes what is between.
   *
   * @param passed gets the names of all of these
   */
  private Optional<NodeDef> before(String tensor, Set<String> passed) {
    NodeDef node = nodes.get(NetworkFunction.nodeOf(tensor));
    while (node != null && isAlone(node.getName())) {
      passed.add(node.getName());
      if (!DirectProducts.isCopy(node)) {
        return Optional.of(node);
      }
      node = nodes.get(NetworkFunction.nodeOf(node.getInput(0)));
    }
    return Optional.empty();
  }

  /** Whether one node alone takes what a node gives, and none else is to run after it. */
  private boolean isAlone(String node) {
    return users.get(node).size() == 1 && !asked.contains(node);
  }

  private static boolean isProduct(NodeDef node) {
    return PRODUCTS.contains(node.getOp())
        && !node.getAttrOrDefault("adj_x", NO).getB()
        && node.getAttrMap().values().stream()
            .allMatch(value -> value.getType().getNumber() <= DataType.DT_FLOAT_VALUE);
  }

  /** What a node does where it multiplies by a number, on either side, or divides by one. */
  private Optional<Scale> scale(NodeDef node, Graph graph) {
    boolean divides = node.getOp().equals("RealDiv") || node.getOp().equals("Div");
    if (!divides && !node.getOp().equals("Mul")) {
      return Optional.empty();
    }
    return node.getInputList().subList(divides ? 1 : 0, 2).stream()
        .flatMap(input -> scale(node, input, divides, graph).stream())
        .findFirst();
  }

  private static Optional<Scale> scale(NodeDef node, String input, boolean divides, Graph graph) {
    return KnownNumbers.of(input, graph)
        .filter(numbers -> numbers.size() == 1)
        .map(numbers -> divides ? 1 / numbers.get(0) : numbers.get(0))
        .map(factor -> new Scale(node, input, factor.floatValue()));
  }

  /** The tensor that is multiplied. */
  private static String scaled(Scale scale) {
    NodeDef node = scale.node();
    return node.getInput(node.getInput(0).equals(scale.number()) ? 1 : 0);
  }

  /** Attention whose slices, of tokens, a ConcatV2 puts together again. */
  private Optional<Found> joined(NodeDef concat, Map<String, Found> each, Graph graph) {
    int count = (int) concat.getAttrOrThrow("N").getI();
    Found first = each.get(NetworkFunction.nodeOf(concat.getInput(0)));
    NodeDef split = first == null ? null : nodes.get(NetworkFunction.nodeOf(first.q()));
    boolean cut =
        split != null
            && split.getOp().equals("Split")
            && split.getAttrOrThrow("num_split").getI() == count
            && users.get(split.getName()).size() == count
            && !asked.contains(split.getName())
            && isOfTokens(split.getInput(0), first, graph)
            && isOfTokens(concat.getInput(count), first, graph);
    if (!cut) {
      return Optional.empty();
    }
    Set<String> all = new HashSet<>(Set.of(concat.getName(), split.getName()));
    for (int i = 0; i < count; i++) {
      Found slice = each.get(NetworkFunction.nodeOf(concat.getInput(i)));
      boolean fits =
          slice != null
              && isAlone(slice.result())
              && NetworkFunction.indexOf(slice.q()) == i
              && slice.isLike(first);
      if (!fits) {
        return Optional.empty();
      }
      all.addAll(slice.nodes());
    }
    return Optional.of(first.whole(concat.getName(), split.getInput(1), all));
  }

  /** Whether an axis is that of tokens, and not of heads or of a token's numbers. */
  private boolean isOfTokens(String axis, Found slice, Graph graph) {
    OptionalLong said = WholeConstant.of(nodes.get(NetworkFunction.nodeOf(axis)));
    int rank = shape(graph, slice.q()).numDimensions();
    return said.isPresent() && rank > 1 && (said.getAsLong() == -2 || said.getAsLong() == rank - 2);
  }

  /**
   * Whether there is much to hold; and q, k and v are of as many rows and heads, of tokens of which
   * it is known how many they are, and slices of them.
   */
  private boolean isLarge(Found each, Graph graph) {
    Shape q = shape(graph, each.q());
    Shape k = shape(graph, each.k());
    Shape v = shape(graph, each.v());
    Shape y = shape(graph, each.result());
    int rank = q.numDimensions();
    boolean like =
        rank >= 3
            && rank == k.numDimensions()
            && rank == v.numDimensions()
            && rank == y.numDimensions()
            && isSameBefore(rank - 2, q, k)
            && isSameBefore(rank - 2, q, v)
            && y.get(rank - 2) == q.get(rank - 2);
    return like && q.get(rank - 2) > many && v.get(rank - 2) > many;
  }

  /** Whether two have the same first dimensions, be it that the same ones are not known. */
  private static boolean isSameBefore(int end, Shape a, Shape b) {
    return Arrays.equals(a.asArray(), 0, end, b.asArray(), 0, end);
  }

  private static Shape shape(Graph graph, String tensor) {
    return NetworkFunction.tensor(graph, tensor).shape();
  }
}
