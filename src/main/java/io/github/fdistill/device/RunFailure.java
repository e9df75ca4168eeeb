package io.github.fdistill.device;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.Operation;

/** What TensorFlow says when a run of a graph fails, told with the place where it does. */
public final class RunFailure {
  /** How TensorFlow names the node in which it failed. */
  private static final Pattern NODE = Pattern.compile("\\{\\{node ([^}]+)\\}\\}");

  /** What it adds for programmers: the places of nodes, hints. */
  private static final Pattern ADDED = Pattern.compile("\\s*(\\[\\[\\{\\{|Hint:|Tip:)[\\s\\S]*");

  /** What it says where memory is refused; of constants, which it computes first, no more. */
  private static final Pattern MEMORY =
      Pattern.compile("OOM when allocating|Cannot parse tensor from proto|bad_alloc");

  private static final String EXCEPTIONS = "org.tensorflow.exceptions";

  private RunFailure() {}

  /** Whether TensorFlow threw it. */
  public static boolean isOne(Throwable e) {
    return e.getClass().getPackageName().equals(EXCEPTIONS);
  }

  /** What it says, on one line. */
  public static String reason(Throwable e) {
    String said = ADDED.matcher(String.valueOf(e.getMessage())).replaceAll("");
    if (said.isBlank()) {
      return "TensorFlow does not say why";
    }
    String most = MemoryLimit.words();
    return Shown.line(said)
        + (!most.isEmpty() && MEMORY.matcher(said).find()
            ? "; this process may use " + most + " of memory, which is perhaps too little"
            : "");
  }

  /** The node in which it failed, where it says so. */
  public static Optional<String> node(Throwable e) {
    Matcher node = NODE.matcher(String.valueOf(e.getMessage()));
    return node.find() ? Optional.of(node.group(1)) : Optional.empty();
  }

  /**
   * The same for the user.
   *
   * @param where the model, and what of it is run
   * @param graph in which it was
   * @param prefix of the model's nodes in that graph, such as "model/0/"; may be a pattern
   */
  public static InputException of(String where, Graph graph, String prefix, RuntimeException e) {
    Optional<String> node = node(e);
    String place = node.map(n -> ", node " + n.replaceFirst("^" + prefix, "")).orElse("");
    Optional<String> op = node.map(graph::operation).map(Operation::type);
    boolean memory = MEMORY.matcher(String.valueOf(e.getMessage())).find();
    return new InputException(
        where + place,
        op.map(type -> "the op " + type + " fails: ").orElse("it fails: ") + reason(e),
        memory ? "more memory than is free" : "a model that can be computed on such inputs",
        memory
            ? "end what else takes memory, "
                + (Lanes.areShared() ? "take fewer --local-workers, " : "")
                + "or ask for fewer or smaller images"
            : "run it once where it was made, and export it again",
        e);
  }
}
