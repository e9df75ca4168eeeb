package io.github.fdistill.training;

import static io.github.fdistill.graph.NetworkFunction.nodeOf;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Segments;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.family.TType;

/**
 * The gradient of a network's weights without what the network computed on its way: of each call of
 * it only what crosses the ends of its {@link Segments} is kept, and from the last segment back
 * each is computed again when the gradient of what it gives is there. The gradient is the same, but
 * for the order in which what comes from several segments is summed.
 *
 * <p>A segment's second computation takes what it needs under a control dependency on that
 * gradient, so TensorFlow neither makes it early nor takes the first one for it.
 */
final class Recomputation {
  private static final Set<DataType> FLOATS =
      Set.of(DataType.DT_FLOAT, DataType.DT_BFLOAT16, DataType.DT_HALF, DataType.DT_DOUBLE);

  private final Ops tf;
  private final Graph graph;
  private final String network;
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final Map<Integer, Map<String, NodeDef>> calls = new TreeMap<>();
  private final Set<String> ofWeights;

  /** What the weights are taken of: of a network whose input is asked about there are none. */
  private final boolean trained;

  /** Of tensors of the graph, by nodes that are made or names for what is outside of these. */
  private final Map<String, List<String>> gradients = new LinkedHashMap<>();

  private final List<NodeDef> made = new ArrayList<>();
  private final Map<String, Output<?>> outside = new LinkedHashMap<>();

  /**
   * Reads the graph as it is; nothing is made yet.
   *
   * @param from the vector of its weights, or an input
   * @param trained whether it is the weights
   */
  private Recomputation(Ops tf, String network, Output<?> from, boolean trained) {
    this.tf = tf;
    this.trained = trained;
    this.network = network;
    graph = (Graph) tf.scope().env();
    Pattern ofCall = Pattern.compile(Pattern.quote(network) + "/(\\d+)/.*");
    for (NodeDef node : graph.toGraphDef().getNodeList()) {
      nodes.put(node.getName(), node);
      Matcher call = ofCall.matcher(node.getName());
      if (call.matches()) {
        calls
            .computeIfAbsent(Integer.parseInt(call.group(1)), i -> new LinkedHashMap<>())
            .put(node.getName(), node);
      }
    }
    ofWeights = following(from.op().name());
  }

  /**
   * d loss / d weights.
   *
   * @param network whose calls are {@code NETWORK/0/...}, {@code NETWORK/1/...}; a loss depends on
   *     its weights by them alone, and on no more than one after another
   * @param weights the vector of them
   */
  static Output<?> gradient(Expr loss, String network, Output<?> weights) {
    Recomputation again = new Recomputation(loss.tf(), network, weights, true);
    return again.of(loss, weights);
  }

  /**
   * d loss / d x, as far as it comes from what a call gives.
   *
   * @param network whose call it is
   * @param x an input of that call and of nothing else, through which no gradient goes on
   * @param given tensors of the call, by copies of them that everything else takes
   * @return none where the loss has no gradient that comes to x
   */
  static Optional<Output<?>> gradient(
      Expr loss, String network, Output<?> x, Map<Output<?>, Output<?>> given) {
    Recomputation again = new Recomputation(loss.tf(), network, x, false);
    return again.ofInput(loss, x, given);
  }

  private Optional<Output<?>> ofInput(Expr loss, Output<?> x, Map<Output<?>, Output<?>> given) {
    Set<String> before = preceding(loss.op().name());
    List<Output<?>> copies =
        given.keySet().stream().filter(copy -> before.contains(copy.op().name())).toList();
    if (copies.isEmpty()) {
      return Optional.empty();
    }
    callsBackwards(
        copies.stream().map(given::get).map(NetworkFunction::nameOf).toList(),
        graph.addGradients(loss.asOutput(), copies.toArray(Output[]::new)));
    return Optional.ofNullable(gradients.get(NetworkFunction.nameOf(x))).map(this::sum);
  }

  /** What comes before a node, as far as gradients come through it. */
  private Set<String> preceding(String last) {
    Set<String> found = new HashSet<>(Set.of(last));
    Deque<String> open = new ArrayDeque<>(found);
    while (!open.isEmpty()) {
      NodeDef node = nodes.get(open.pop());
      if (!node.getOp().equals("StopGradient")) {
        for (String input : node.getInputList()) {
          if (!input.startsWith("^") && found.add(nodeOf(input))) {
            open.push(nodeOf(input));
          }
        }
      }
    }
    return found;
  }

  private Output<?> of(Expr loss, Output<?> weights) {
    List<String> outputs = outputs(loss.op().name(), weights.op().name());
    requireOneOfEachCall(outputs);
    callsBackwards(outputs, graph.addGradients(loss.asOutput(), tensors(outputs)));
    List<String> parameters = gradients.keySet().stream().filter(this::isOfWeights).toList();
    return graph
        .addGradients(null, tensors(parameters), new Output<?>[] {weights}, summed(parameters))[0];
  }

  /** What comes after a node, as far as gradients go through it. */
  private Set<String> following(String first) {
    Set<String> found = new HashSet<>(Set.of(first));
    for (NodeDef node : nodes.values()) { // Each stands after what it takes.
      boolean passes = !node.getOp().equals("StopGradient");
      if (passes
          && node.getInputList().stream().map(NetworkFunction::nodeOf).anyMatch(found::contains)) {
        found.add(node.getName());
      }
    }
    return found;
  }

  /** The calls' tensors that a node depends on, not by others of them. */
  private List<String> outputs(String loss, String weights) {
    Set<String> found = new LinkedHashSet<>();
    Set<String> seen = new HashSet<>(Set.of(loss));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      for (String input : nodes.get(open.pop()).getInputList()) {
        String node = nodeOf(input);
        if (input.startsWith("^")) {
          continue;
        } else if (isOfCall(node)) {
          found.add(Segments.tensor(input));
        } else if (node.equals(weights)) {
          throw new IllegalStateException("a loss depends on " + network + " not by calls alone");
        } else if (seen.add(node)) {
          open.push(node);
        }
      }
    }
    return List.copyOf(found);
  }

  /**
   * Of two, the gradient of the one that comes first would have that of the other in it already.
   */
  private void requireOneOfEachCall(List<String> outputs) {
    for (Map<String, NodeDef> call : calls.values()) {
      if (outputs.stream().filter(t -> call.containsKey(nodeOf(t))).count() > 1) {
        throw new IllegalStateException("a loss depends on several outputs of " + network);
      }
    }
  }

  private boolean isOfCall(String node) {
    return calls.values().stream().anyMatch(call -> call.containsKey(node));
  }

  /** Whether a tensor is one that the network takes of its weights. */
  private boolean isOfWeights(String tensor) {
    String node = nodeOf(tensor);
    return trained && ofWeights.contains(node) && !isOfCall(node);
  }

  /** From the gradients of what calls give to those of what they take. */
  private void callsBackwards(List<String> outputs, Output<?>[] found) {
    for (int i = 0; i < found.length; i++) {
      if (GraphAccess.exists(found[i])) {
        note(outputs.get(i), outside(found[i]));
      }
    }
    calls.forEach(this::callBackwards);
    GraphAccess.importGraph(graph, graph(made), "", outside);
  }

  private void note(String tensor, String gradient) {
    gradients.computeIfAbsent(tensor, t -> new ArrayList<>()).add(gradient);
  }

  private void callBackwards(int number, Map<String, NodeDef> call) {
    List<String> outputs = arrived(call.keySet());
    if (outputs.isEmpty()) {
      return;
    }
    List<List<NodeDef>> segments = new ArrayList<>(Segments.of(call, outputs, this::bytes).list());
    Collections.reverse(segments);
    for (int i = 0; i < segments.size(); i++) {
      backwards(network + "_again_" + number + "_" + i, segments.get(i));
    }
  }

  /** The tensors of nodes at which gradients have arrived. */
  private List<String> arrived(Set<String> at) {
    return gradients.keySet().stream().filter(tensor -> at.contains(nodeOf(tensor))).toList();
  }

  /** Computes a segment again, and the gradients of what it takes. */
  private void backwards(String prefix, List<NodeDef> all) {
    List<String> given = arrived(Again.names(graph(all)));
    Again again = new Again(NetworkFunction.needed(graph(all), given));
    List<String> wanted = again.reaching(this::isDifferentiated);
    if (wanted.isEmpty()) { // As where no gradient arrives.
      return;
    }
    Map<String, String> elsewhere = new LinkedHashMap<>();
    Map<String, String> arriving = new LinkedHashMap<>();
    given.forEach(
        tensor -> {
          String name = "arriving_" + arriving.size();
          arriving.put(name, tensor);
          List<String> parts = gradients.remove(tensor);
          elsewhere.put(name, make(prefix + "/" + name, tensor(tensor), parts));
        });
    List<String> after = elsewhere.values().stream().map(t -> "^" + nodeOf(t)).toList();
    Map<String, Output<?>> taken = new LinkedHashMap<>();
    again.taken.forEach(
        (tensor, name) -> {
          taken.put(name, tensor(tensor));
          String first = outside(tensor(tensor));
          elsewhere.put(
              name,
              isOfWeights(tensor)
                  ? first
                  : make(
                      prefix + "/" + name, "StopGradient", tensor(tensor), List.of(first), after));
        });
    SegmentGradient segment =
        SegmentGradient.build(
                new SegmentGradient.Of(
                    again.nodes(), taken, wanted.stream().map(again.taken::get).toList(), arriving))
            .under(prefix, elsewhere);
    made.addAll(segment.nodes());
    wanted.forEach(
        tensor ->
            Optional.ofNullable(segment.found().get(again.taken.get(tensor)))
                .ifPresent(gradient -> note(tensor, gradient)));
  }

  /** A node with the sum of some tensors that are like another. */
  private String make(String name, Output<?> like, List<String> parts) {
    return make(name, parts.size() == 1 ? "Identity" : "AddN", like, parts, List.of());
  }

  private String make(
      String name, String op, Output<?> like, List<String> inputs, List<String> after) {
    NodeDef.Builder node = NodeDef.newBuilder().setName(name).setOp(op).addAllInput(inputs);
    node.addAllInput(after).putAttr("T", AttrValue.newBuilder().setType(like.dataType()).build());
    if (op.equals("AddN")) {
      node.putAttr("N", AttrValue.newBuilder().setI(inputs.size()).build());
    }
    made.add(node.build());
    return name + ":0";
  }

  /** What made nodes call a tensor of the graph. */
  private String outside(Output<?> tensor) {
    String name = "outside/" + tensor.op().name() + "_" + tensor.index();
    outside.put(name, tensor);
    return name + ":0";
  }

  /** Whether a gradient goes on to a tensor, or is a weight's. */
  private boolean isDifferentiated(String tensor) {
    return ofWeights.contains(nodeOf(tensor)) && FLOATS.contains(tensor(tensor).dataType());
  }

  private static GraphDef graph(Collection<NodeDef> nodes) {
    return GraphDef.newBuilder().addAllNode(nodes).build();
  }

  /**
   * A segment that stands for itself.
   *
   * @param needed its nodes, as they are in the graph
   * @param taken from each tensor that comes from elsewhere to what it is called in the segment
   */
  private record Again(GraphDef needed, Map<String, String> taken) {
    Again(GraphDef needed) {
      this(needed, taken(needed));
    }

    private static Map<String, String> taken(GraphDef needed) {
      Set<String> inside = names(needed);
      Map<String, String> taken = new LinkedHashMap<>();
      for (NodeDef node : needed.getNodeList()) {
        for (String input : node.getInputList()) {
          if (!input.startsWith("^") && !inside.contains(nodeOf(input))) {
            taken.putIfAbsent(Segments.tensor(input), "taken_" + taken.size());
          }
        }
      }
      return taken;
    }

    private static Set<String> names(GraphDef needed) {
      Set<String> names = new HashSet<>();
      needed.getNodeList().forEach(node -> names.add(node.getName()));
      return names;
    }

    /** What stands elsewhere and was only to run before them has run long ago. */
    GraphDef nodes() {
      Set<String> inside = names(needed);
      List<NodeDef> renamed = new ArrayList<>();
      for (NodeDef node : needed.getNodeList()) {
        NodeDef.Builder builder = node.toBuilder().clearInput().removeAttr("_class");
        for (String input : node.getInputList()) {
          if (!input.startsWith("^")) {
            builder.addInput(taken.getOrDefault(Segments.tensor(input), input));
          } else if (inside.contains(nodeOf(input))) {
            builder.addInput(input);
          }
        }
        renamed.add(builder.build());
      }
      return graph(renamed);
    }

    List<String> reaching(java.util.function.Predicate<String> which) {
      return taken.keySet().stream().filter(which).toList();
    }
  }

  private Output<?>[] summed(List<String> tensors) {
    return tensors.stream().map(t -> sum(gradients.get(t))).toArray(Output[]::new);
  }

  @SuppressWarnings("unchecked") // They are gradients of one tensor.
  private Output<?> sum(List<String> parts) {
    List<Operand<TType>> all = new ArrayList<>();
    for (String part : parts) {
      Output<?> known = outside.get(nodeOf(part));
      all.add((Operand<TType>) (known == null ? tensor(part) : known));
    }
    return all.size() == 1 ? all.get(0).asOutput() : tf.math.addN(all).asOutput();
  }

  private Output<?>[] tensors(List<String> names) {
    return names.stream().map(this::tensor).toArray(Output[]::new);
  }

  private Output<?> tensor(String name) {
    return NetworkFunction.tensor(graph, name);
  }

  private long bytes(String tensor) {
    Output<?> output = tensor(tensor);
    Shape shape = output.shape();
    boolean known = !shape.isUnknown() && !shape.hasUnknownDimension();
    return known ? Math.max(1, shape.size()) * Float.BYTES : Float.BYTES;
  }
}
