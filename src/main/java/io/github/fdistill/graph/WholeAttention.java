package io.github.fdistill.graph;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.LargeAttention.Found;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;

/**
 * Attention over {@linkplain #MANY many} tokens that is computed in one piece, so that the matrix
 * of all pairs of tokens is held.
 *
 * @param softmax the name of its Softmax
 * @param asking how many tokens ask
 * @param answering how many answer each
 * @param why it is not computed in slices
 */
public record WholeAttention(String softmax, long asking, long answering, String why) {
  /** Where no more ask, or answer, there is little to hold. */
  public static final long MANY = AttentionSlices.TOKENS;

  /** All that a network has and that its shapes tell, in the order of its graph. */
  public static List<WholeAttention> in(NetworkFunction function) {
    if (!LargeAttention.mayBeIn(function)) {
      return List.of();
    }
    Map<String, List<NodeDef>> users = DirectProducts.users(function.graph());
    Map<String, NodeDef> nodes = new HashMap<>();
    function.graph().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    List<WholeAttention> all = new ArrayList<>();
    try (Graph graph = Sessions.graph()) {
      GraphAccess.importGraph(graph, function.graph(), "", Map.of());
      List<Found> found = LargeAttention.in(function, graph, MANY);
      for (NodeDef node : function.graph().getNodeList()) {
        if (LargeAttention.isSoftmax(node)) {
          Shape pairs = NetworkFunction.tensor(graph, node.getName()).shape();
          long asking = asking(pairs);
          if (asking > MANY && last(pairs) > MANY) {
            String between = between(node, nodes, users);
            why(node, between, found)
                .map(why -> new WholeAttention(node.getName(), asking, last(pairs), why))
                .ifPresent(all::add);
          }
        }
      }
    }
    return all;
  }

  private static long last(Shape shape) {
    return shape.get(shape.numDimensions() - 1);
  }

  /** The tokens that ask in [..., tokens, all tokens], or in [..., side, side, side^2]. */
  private static long asking(Shape pairs) {
    int rank = pairs.numDimensions();
    if (rank < 3) {
      return -1; // Of unknown rank too.
    }
    long side = pairs.get(rank - 2);
    boolean square = rank > 3 && pairs.get(rank - 3) == side && side * side == last(pairs);
    return square ? side * side : side;
  }

  /** Nothing of what is computed in slices. */
  private static Optional<String> why(NodeDef softmax, String between, List<Found> found) {
    Optional<Found> known =
        found.stream().filter(each -> each.nodes().contains(softmax.getName())).findFirst();
    if (known.isEmpty()) {
      return Optional.of(between);
    }
    if (SlicedAttention.slices(known.get()) == 1) {
      return Optional.of("so many are not cut into a few equal slices");
    }
    return OwnGradient.areThere()
        ? Optional.empty()
        : Optional.of("slices need gradients that are not there on Windows");
  }

  /** What is around a softmax, by names of ops. */
  private static String between(
      NodeDef softmax, Map<String, NodeDef> nodes, Map<String, List<NodeDef>> users) {
    NodeDef before = nodes.get(NetworkFunction.nodeOf(softmax.getInput(0)));
    while (before != null && DirectProducts.isCopy(before)) {
      before = nodes.get(NetworkFunction.nodeOf(before.getInput(0)));
    }
    TreeSet<String> takers = new TreeSet<>();
    for (String copy : DirectProducts.copies(softmax.getName(), users)) {
      users.getOrDefault(copy, List.of()).stream()
          .filter(user -> !DirectProducts.isCopy(user))
          .forEach(user -> takers.add(user.getOp()));
    }
    String from = before == null ? "" : before.getOp() + ", ";
    return from + "Softmax" + (takers.isEmpty() ? "" : ", " + String.join(" and ", takers));
  }

  /** What would be computed in slices. */
  public static String needed() {
    return "computed in slices is attention of float32: a product of batches (BatchMatMul), a"
        + " multiplication by one number that constants and known shapes decide, or none, Softmax,"
        + " and a product of batches again, with nothing else between";
  }

  /** Such as {@code 4096 x 4096 tokens, layer/Softmax: Einsum, Softmax, Einsum}. */
  @Override
  public String toString() {
    return asking + " x " + answering + " tokens, " + softmax + ": " + why;
  }
}
