package io.github.fdistill.training;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;

/** What TensorFlow says where an op of a network has no gradient, in words. */
final class MissingGradient {
  private static final Pattern MISSING = Pattern.compile("No gradient defined for op: (\\w+)");
  private static final int NAMED = 3;

  private MissingGradient() {}

  /**
   * The refusal of a network with such an op.
   *
   * @param loss whose gradient it stops
   */
  static InputException refusal(Graph graph, String loss, TensorFlowException cause) {
    Matcher named = MISSING.matcher(String.valueOf(cause.getMessage()));
    String found =
        named.find()
            ? "no gradient is defined for the op " + named.group(1) + places(graph, named.group(1))
            : "TensorFlow cannot build it: " + cause.getMessage();
    return new InputException(
        "gradient of the loss of the " + loss.replace('_', ' '),
        found,
        "networks of ops that TensorFlow's C++ gradients pass through",
        "./fdistill inspect MODEL says of a model what stops gradients, and where; export it"
            + " without that op",
        cause);
  }

  /** The nodes of an op; their names begin with the role of their network. */
  private static String places(Graph graph, String op) {
    List<String> nodes = new ArrayList<>();
    graph
        .operations()
        .forEachRemaining(
            operation -> {
              if (operation.type().equals(op)) {
                nodes.add(operation.name());
              }
            });
    String more = nodes.size() > NAMED ? " and " + (nodes.size() - NAMED) + " more" : "";
    return ": node " + String.join(", ", nodes.stream().limit(NAMED).toList()) + more;
  }
}
