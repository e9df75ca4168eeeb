package io.github.fdistill.savedmodel;

import com.google.protobuf.ByteString;
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
import org.tensorflow.proto.FunctionDef;
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
  private static final String HANDLE = "VarHandleOp";
  private static final Set<String> VARIABLES = Set.of(HANDLE, "Variable", "VariableV2");
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
    requireSharedNames(library);
    requireNamesApart(library);
    if (!Files.isRegularFile(folder.resolve("variables").resolve("variables.index"))) {
      return;
    }
    List<NodeDef> restoring = NetworkFunction.needed(graph, List.of(restore)).getNodeList();
    requireCalls("", restoring, library);
    Set<String> functions = library.reached(restoring);
    for (String name : functions) {
      requireCalls(" (in function " + name + ")", library.function(name).getNodeDefList(), library);
    }
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

  /** What a loop or a conditional sets is not known before it runs: calls alone are looked into. */
  private void requireCalls(String inside, List<NodeDef> nodes, Library library) {
    for (NodeDef node : nodes) {
      if (!FunctionInliner.isCall(node)
          && !library.isFunction(node.getOp())
          && library.reaches(node, ASSIGNMENTS)) {
        throw refused(
            origins.file() + ", node " + node.getName() + inside,
            "the op " + node.getOp() + " with variables that it sets");
      }
    }
  }

  /** Variables of one name are one variable, whatever container each says it is in. */
  private void requireNamesApart(Library library) {
    Map<List<Object>, List<AttrValue>> kinds = new HashMap<>();
    Stream.concat(
            nodes.values().stream(),
            library.all().stream().flatMap(function -> function.getNodeDefList().stream()))
        .filter(node -> VARIABLES.contains(node.getOp()))
        .forEach(
            node -> {
              List<AttrValue> kind = List.of(attribute(node, "dtype"), attribute(node, "shape"));
              List<AttrValue> other = kinds.putIfAbsent(name(node), kind);
              if (other != null && !other.equals(kind)) {
                throw refused(
                    node, "the name of another variable, with another type or another shape");
              }
            });
  }

  /** What TensorFlow finds a variable by: handles and variables of TensorFlow 1 lie apart. */
  private static List<Object> name(NodeDef variable) {
    ByteString shared = attribute(variable, "shared_name").getS();
    return List.of(
        variable.getOp().equals(HANDLE),
        isNamedByItself(variable) ? variable.getNameBytes() : shared);
  }

  private static boolean isNamedByItself(NodeDef variable) {
    return VARIABLES.contains(variable.getOp())
        && !variable.getOp().equals(HANDLE)
        && attribute(variable, "shared_name").getS().isEmpty();
  }

  /** A call's nodes have names that TensorFlow makes, which a node of the graph may have too. */
  private void requireSharedNames(Library library) {
    for (FunctionDef function : library.all()) {
      for (NodeDef node : function.getNodeDefList()) {
        if (isNamedByItself(node)) {
          String name = function.getSignature().getName();
          throw refused(node, "no name that it shares, in the function " + name);
        }
      }
    }
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
    if (stored == null || !whole && !stored.shape().equals(SliceKey.shape(saved))) {
      String found = whole ? "the value" : "the part '" + saved.slice() + "' of the value";
      throw refused(read, found + " '" + saved.name() + "', which is not stored so");
    }
    Shape declared = VariableReads.shape(variable.getAttrOrThrow("shape").getShape());
    if (!fits(stored.shape(), declared)) {
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
    return refused(origins.place(node.getName()), "the op " + node.getOp() + " with " + found);
  }

  private static InputException refused(String where, String found) {
    return new InputException(
        where,
        found,
        "variables that are restored in the shapes that the graph declares",
        "export the model again, graph and variables together");
  }
}
