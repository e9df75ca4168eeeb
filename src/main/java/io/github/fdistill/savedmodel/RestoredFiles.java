package io.github.fdistill.savedmodel;

import io.github.fdistill.graph.FunctionInliner;
import io.github.fdistill.graph.Library;
import io.github.fdistill.graph.NetworkFunction;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;

/**
 * Whether what restores a model's variables reads them from the file that the loader names, the
 * model's own: the name reaches RestoreV2 from the loader's tensor by calls and Identity alone.
 */
final class RestoredFiles {
  private static final String READ = "RestoreV2";
  private static final Set<String> READS = Set.of(READ);

  /** What the loader gives the name of its file to: ops of one output and nothing else. */
  private static final Set<String> GIVEN = Set.of("Placeholder", "PlaceholderWithDefault", "Const");

  private final Library library;

  /** Functions that were looked at: the texts that they are given are all the loader's file. */
  private final Set<String> sound = new HashSet<>();

  RestoredFiles(Library library) {
    this.library = library;
  }

  /**
   * The first of the nodes that may read another file.
   *
   * @param nodes of the graph, which the loader runs
   * @param file the tensor that the loader gives its file's name to
   */
  Optional<NodeDef> other(List<NodeDef> nodes, String file) {
    Set<String> files = Set.of(plain(file));
    Optional<NodeDef> computed =
        nodes.stream()
            .filter(node -> files.contains(node.getName()) && !GIVEN.contains(node.getOp()))
            .findFirst();
    return computed.isPresent() ? computed : other(nodes, files);
  }

  private Optional<NodeDef> other(List<NodeDef> nodes, Set<String> files) {
    Map<String, NodeDef> around = new HashMap<>();
    nodes.forEach(node -> around.put(node.getName(), node));
    return nodes.stream().flatMap(node -> other(node, around, files).stream()).findFirst();
  }

  private Optional<NodeDef> other(NodeDef node, Map<String, NodeDef> around, Set<String> files) {
    if (node.getOp().equals(READ)) {
      boolean named = node.getInputCount() > 0 && isFile(node.getInput(0), around, files);
      return named ? Optional.empty() : Optional.of(node);
    }
    if (!library.reaches(node, READS)) {
      return Optional.empty();
    }
    if (!FunctionInliner.isCall(node)) {
      return Optional.of(node);
    }
    List<DataType> types =
        node.getAttrOrDefault("Tin", AttrValue.getDefaultInstance()).getList().getTypeList();
    for (int i = 0; i < types.size(); i++) {
      boolean text = types.get(i) == DataType.DT_STRING;
      if (text && (i >= node.getInputCount() || !isFile(node.getInput(i), around, files))) {
        return Optional.of(node);
      }
    }
    return other(library.function(node.getAttrOrThrow("f").getFunc().getName()));
  }

  private Optional<NodeDef> other(FunctionDef function) {
    if (!sound.add(function.getSignature().getName())) {
      return Optional.empty();
    }
    Set<String> arguments = new HashSet<>();
    function.getSignature().getInputArgList().forEach(arg -> arguments.add(arg.getName()));
    return other(function.getNodeDefList(), arguments);
  }

  /**
   * Whether a tensor is a file's name, as it is or behind Identity.
   *
   * @param files tensors that are, as {@link #plain} has them
   */
  private static boolean isFile(String input, Map<String, NodeDef> around, Set<String> files) {
    String tensor = input;
    for (int steps = 0; steps <= around.size() && !files.contains(plain(tensor)); steps++) {
      NodeDef source = around.get(NetworkFunction.nodeInFunction(tensor));
      if (source == null || !source.getOp().equals("Identity") || source.getInputCount() == 0) {
        return false;
      }
      tensor = source.getInput(0);
    }
    return files.contains(plain(tensor));
  }

  /** The first tensor of a node or argument by its name alone; others keep their index. */
  private static String plain(String tensor) {
    return tensor.endsWith(":0") ? tensor.substring(0, tensor.length() - 2) : tensor;
  }
}
