package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.FunctionInliner;
import io.github.fdistill.graph.Library;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Origins;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.graph.VariableReads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Whether the loader gives the variables values of the shapes that they are declared with, which
 * TensorFlow does not ask: what is known of the shapes in a graph stands on it.
 *
 * @param origins of the graph's nodes
 * @param nodes of the graph without calls, by name
 */
record RestoredShapes(Origins origins, Map<String, NodeDef> nodes) {
  private static final Set<String> VARIABLES = Set.of("VarHandleOp", "Variable", "VariableV2");
  private static final Set<String> ASSIGNMENTS = Set.of("AssignVariableOp", "Assign");

  static RestoredShapes of(FunctionInliner.Inlined inlined) {
    Map<String, NodeDef> nodes = new HashMap<>();
    inlined.graph().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    return new RestoredShapes(inlined.origins(), nodes);
  }

  /**
   * Looks at what restores the variables of a version folder.
   *
   * @param restore the node that the loader runs
   * @param library whose functions may have variables too
   * @throws InputException for another shape, and for values that are not from the checkpoint
   */
  void require(Path folder, GraphDef graph, String restore, Library library) {
    requireNamesApart(library);
    if (!Files.isRegularFile(folder.resolve("variables").resolve("variables.index"))) {
      return;
    }
    Set<String> functions =
        library.reached(NetworkFunction.needed(graph, List.of(restore)).getNodeList());
    GraphDef all = graph.toBuilder().clearNode().addAllNode(nodes.values()).build();
    List<NodeDef> run =
        new ArrayList<>(NetworkFunction.needed(all, List.of(restore)).getNodeList());
    nodes.values().stream()
        .filter(node -> functions.contains(origins.function(node.getName())))
        .forEach(run::add);
    CheckpointIndex index = CheckpointIndex.read(folder);
    run.stream()
        .filter(node -> ASSIGNMENTS.contains(node.getOp()) && node.getInputCount() >= 2)
        .forEach(node -> requireStored(node, index));
  }

  /** Variables of one name are one variable. */
  private void requireNamesApart(Library library) {
    Map<List<AttrValue>, AttrValue> shapes = new HashMap<>();
    Stream.concat(
            nodes.values().stream(),
            library.all().stream().flatMap(function -> function.getNodeDefList().stream()))
        .filter(node -> node.getOp().equals("VarHandleOp"))
        .forEach(
            node -> {
              List<AttrValue> name =
                  Stream.of("container", "shared_name", "dtype")
                      .map(a -> attribute(node, a))
                      .toList();
              AttrValue other = shapes.putIfAbsent(name, attribute(node, "shape"));
              if (other != null && !other.equals(attribute(node, "shape"))) {
                throw refused(node, "the name of another variable, with another shape");
              }
            });
  }

  private static AttrValue attribute(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance());
  }

  private void requireStored(NodeDef assignment, CheckpointIndex index) {
    NodeDef variable = nodes.get(source(assignment.getInput(0)));
    String value = VariableReads.throughIdentities(assignment.getInput(1), nodes);
    NodeDef read = nodes.get(NetworkFunction.nodeOf(value));
    boolean restored =
        variable != null
            && VARIABLES.contains(variable.getOp())
            && read != null
            && read.getOp().equals("RestoreV2")
            && read.getInputCount() >= 3;
    if (!restored) {
      throw refused(assignment, "a value that is not read from the checkpoint");
    }
    int at = NetworkFunction.indexOf(value);
    List<String> keys = VariableReads.strings(nodes.get(source(read.getInput(1))));
    List<String> slices = VariableReads.strings(nodes.get(source(read.getInput(2))));
    if (at >= keys.size() || at >= slices.size()) {
      throw refused(read, "a key that is not known");
    }
    if (!variable.containsAttr("shape")) {
      throw refused(variable, "no shape");
    }
    SavedKey saved = new SavedKey(keys.get(at), slices.get(at));
    CheckpointIndex.Stored stored = index.at(saved);
    boolean whole = saved.slice().isEmpty();
    if (!whole && (stored == null || !stored.shape().equals(SliceKey.shape(saved)))) {
      throw refused(read, "the part '" + saved.slice() + "' of a value, which is not stored so");
    }
    Shape declared = VariableReads.shape(variable.getAttrOrThrow("shape").getShape());
    if (stored != null && !fits(stored.shape(), declared)) {
      throw refused(
          variable, "the shape " + declared + ", and a saved value of shape " + stored.shape());
    }
  }

  private static boolean fits(Shape stored, Shape declared) {
    if (declared.isUnknown()) {
      return true;
    }
    boolean fits = stored.numDimensions() == declared.numDimensions();
    for (int i = 0; fits && i < declared.numDimensions(); i++) {
      fits = declared.get(i) < 0 || declared.get(i) == stored.get(i);
    }
    return fits;
  }

  private String source(String tensor) {
    return NetworkFunction.nodeOf(VariableReads.throughIdentities(tensor, nodes));
  }

  private InputException refused(NodeDef node, String found) {
    return new InputException(
        origins.place(node.getName()),
        "the op " + node.getOp() + " with " + found,
        "variables that are restored in the shapes that the graph declares",
        "export the model again, graph and variables together");
  }
}
