package io.github.fdistill.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.tensorflow.proto.NodeDef;

/**
 * Cuts what a function computes into segments, one after another, of which each can be computed
 * again from what crosses its ends. They are cut so that what crosses any end, and all that is in
 * the largest segment, together are few bytes: with n equal layers in a row about sqrt(n) segments.
 * Chen et al. 2016 ("Training Deep Nets with Sublinear Memory Cost").
 *
 * @param list the nodes of each
 */
public record Segments(List<List<NodeDef>> list) {
  private static final int MOST = 24;

  /** Ops whose outputs lie in the memory of what they take, or take none to speak of. */
  private static final Set<String> FREE =
      Set.of(
          "Const",
          "Identity",
          "IdentityN",
          "Reshape",
          "Squeeze",
          "ExpandDims",
          "Shape",
          "StopGradient");

  public Segments {
    list = List.copyOf(list);
  }

  /**
   * @param nodes by name
   * @param outputs tensors of them that are used elsewhere, {@code node:index}
   * @param bytes of a tensor
   * @return the nodes that the outputs need; one segment where more would not be fewer bytes
   */
  public static Segments of(
      Map<String, NodeDef> nodes, Collection<String> outputs, ToLongFunction<String> bytes) {
    Sizes sizes = Sizes.of(ordered(nodes, outputs), outputs, bytes);
    int[] best = {};
    long least = sizes.bytes(best);
    for (int count = 2; count <= MOST; count++) {
      int[] cuts = sizes.cuts(count);
      long needed = sizes.bytes(cuts);
      if (needed < least) {
        least = needed;
        best = cuts;
      }
    }
    List<List<NodeDef>> segments = new ArrayList<>();
    int from = 0;
    for (int cut : best) {
      segments.add(sizes.nodes.subList(from, cut));
      from = cut;
    }
    segments.add(sizes.nodes.subList(from, sizes.nodes.size()));
    return new Segments(segments);
  }

  /** Each node after what it takes, and right before what takes it where that is possible. */
  static List<NodeDef> ordered(Map<String, NodeDef> nodes, Collection<String> outputs) {
    List<NodeDef> ordered = new ArrayList<>();
    Set<String> entered = new HashSet<>();
    Set<String> left = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    outputs.forEach(tensor -> open.add(NetworkFunction.nodeOf(tensor)));
    while (!open.isEmpty()) {
      NodeDef node = nodes.get(open.peek());
      if (entered.add(node.getName())) {
        for (int i = node.getInputCount() - 1; i >= 0; i--) {
          String input = NetworkFunction.nodeOf(node.getInput(i));
          if (nodes.containsKey(input) && !entered.contains(input)) {
            open.push(input);
          }
        }
      } else {
        open.pop();
        if (left.add(node.getName())) {
          ordered.add(node);
        }
      }
    }
    return ordered;
  }

  /**
   * What nodes in their order take.
   *
   * @param taken bytes of the nodes before each
   * @param crossing bytes that cross a cut before each
   * @param tensors what may cross cuts
   */
  private record Sizes(List<NodeDef> nodes, long[] taken, long[] crossing, List<Span> tensors) {

    /**
     * A tensor: it is made before the cuts after {@code made}, and used after those to {@code
     * last}.
     */
    private record Span(int made, int last, long bytes) {}

    static Sizes of(List<NodeDef> nodes, Collection<String> outputs, ToLongFunction<String> bytes) {
      int count = nodes.size();
      Map<String, Integer> places = new HashMap<>();
      for (int i = 0; i < count; i++) {
        places.put(nodes.get(i).getName(), i);
      }
      Map<String, Integer> last = new HashMap<>();
      for (int i = 0; i < count; i++) {
        for (String input : nodes.get(i).getInputList()) {
          if (!input.startsWith("^") && places.containsKey(NetworkFunction.nodeOf(input))) {
            last.put(tensor(input), i);
          }
        }
      }
      outputs.forEach(tensor -> last.put(tensor(tensor), count));
      long[] taken = new long[count + 1];
      long[] crossing = new long[count + 2];
      List<Span> spans = new ArrayList<>();
      last.forEach(
          (tensor, user) -> {
            int made = places.get(NetworkFunction.nodeOf(tensor));
            long size = bytes.applyAsLong(tensor);
            spans.add(new Span(made, user, size));
            taken[made + 1] += FREE.contains(nodes.get(made).getOp()) ? 0 : size;
            crossing[made + 1] += size;
            crossing[user + 1] -= size;
          });
      Arrays.parallelPrefix(taken, Long::sum);
      Arrays.parallelPrefix(crossing, Long::sum);
      return new Sizes(nodes, taken, crossing, spans);
    }

    /** Cuts into segments of nearly as many bytes each, where little crosses. */
    int[] cuts(int segments) {
      long all = taken[nodes.size()];
      List<Integer> cuts = new ArrayList<>();
      for (int i = 1; i < segments; i++) {
        int from = cuts.isEmpty() ? 1 : cuts.get(cuts.size() - 1) + 1;
        int best = 0;
        for (int at = from; at < nodes.size(); at++) {
          double share = (double) taken[at] * segments / all;
          boolean near = i - 0.3 <= share && share <= i + 0.3;
          if (near && (best == 0 || crossing[at] < crossing[best])) {
            best = at;
          }
        }
        if (best > 0) {
          cuts.add(best);
        }
      }
      return cuts.stream().mapToInt(Integer::intValue).toArray();
    }

    /** All that crosses cuts, and the most that is in a segment. */
    long bytes(int[] cuts) {
      long kept =
          tensors.stream()
              .filter(t -> Arrays.stream(cuts).anyMatch(at -> t.made < at && at <= t.last))
              .mapToLong(Span::bytes)
              .sum();
      long most = 0;
      int from = 0;
      for (int i = 0; i <= cuts.length; i++) {
        int to = i < cuts.length ? cuts[i] : nodes.size();
        most = Math.max(most, taken[to] - taken[from]);
        from = to;
      }
      return kept + most;
    }
  }

  /** A tensor's one name: {@code a} is {@code a:0}. */
  public static String tensor(String name) {
    return NetworkFunction.nodeOf(name) + ":" + NetworkFunction.indexOf(name);
  }
}
