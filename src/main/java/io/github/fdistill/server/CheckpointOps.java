package io.github.fdistill.server;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Refuses graphs that read or write checkpoints otherwise than to restore the model's own variables
 * when it is loaded. What requests run has no such op at all; what the loader runs reads only from
 * the file that the loader names.
 */
final class CheckpointOps {
  private static final Set<String> READS = Set.of("Restore", "RestoreSlice", "RestoreV2");
  private static final Set<String> WRITES =
      Set.of("Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints");
  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  /** Collections of nodes that the loader runs besides. */
  private static final List<String> AT_THE_START =
      List.of("saved_model_main_op", "legacy_init_op", "saved_model_init_op");

  private final Path version;
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, FunctionDef> functions = new HashMap<>();

  private CheckpointOps(Path version, MetaGraphDef meta) {
    this.version = version;
    meta.getGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    meta.getGraphDef()
        .getLibrary()
        .getFunctionList()
        .forEach(f -> functions.put(f.getSignature().getName(), f));
  }

  /**
   * Looks at what is run of the graph.
   *
   * @throws InputException when such an op is found
   */
  static void refuse(Path version, MetaGraphDef meta) {
    CheckpointOps ops = new CheckpointOps(version, meta);
    Set<String> asked = new HashSet<>();
    meta.getSignatureDefMap()
        .values()
        .forEach(s -> s.getOutputsMap().values().forEach(t -> asked.add(node(t.getName()))));
    for (String collection : AT_THE_START) {
      meta.getCollectionDefOrDefault(collection, CollectionDef.getDefaultInstance())
          .getNodeList()
          .getValueList()
          .forEach(name -> asked.add(node(name)));
    }
    for (NodeDef node : ops.neededFor(asked)) {
      ops.requireNone(node);
    }
    String file = node(meta.getSaverDef().getFilenameTensorName());
    for (NodeDef node : ops.neededFor(Set.of(node(meta.getSaverDef().getRestoreOpName())))) {
      ops.requireFrom(Set.of(file), ops.nodes, node);
    }
  }

  /** Nodes of the graph, not of its functions, that these need. */
  private List<NodeDef> neededFor(Collection<String> names) {
    Set<String> seen = new HashSet<>();
    Deque<String> left = new ArrayDeque<>(names);
    List<NodeDef> found = new ArrayList<>();
    while (!left.isEmpty()) {
      NodeDef node = nodes.get(left.remove());
      if (node != null && seen.add(node.getName())) {
        found.add(node);
        node.getInputList().forEach(input -> left.add(node(input)));
      }
    }
    return found;
  }

  private void requireNone(NodeDef node) {
    for (NodeDef inside : withFunctions(node)) {
      if (READS.contains(inside.getOp()) || WRITES.contains(inside.getOp())) {
        throw refusal(inside, "for requests");
      }
    }
  }

  /** The node, and every node of the functions that it calls. */
  private List<NodeDef> withFunctions(NodeDef node) {
    List<NodeDef> all = new ArrayList<>(List.of(node));
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < all.size(); i++) {
      for (String name : called(all.get(i))) {
        if (functions.containsKey(name) && seen.add(name)) {
          all.addAll(functions.get(name).getNodeDefList());
        }
      }
    }
    return all;
  }

  private static Set<String> called(NodeDef node) {
    Set<String> names = new HashSet<>(Set.of(node.getOp()));
    for (AttrValue value : node.getAttrMap().values()) {
      names.add(value.getFunc().getName());
      value.getList().getFuncList().forEach(f -> names.add(f.getName()));
    }
    return names;
  }

  /**
   * Requires of a node that the loader runs that it reads no checkpoint but the loader's.
   *
   * @param files names of what holds the loader's file name
   * @param around the nodes that it stands among
   */
  private void requireFrom(Set<String> files, Map<String, NodeDef> around, NodeDef node) {
    if (READS.contains(node.getOp())) {
      requireFile(files, around, node, node.getInput(0));
      return;
    }
    List<NodeDef> all = withFunctions(node);
    for (NodeDef inside : all) {
      if (WRITES.contains(inside.getOp())) {
        throw refusal(inside, "to load it");
      }
    }
    if (all.stream().noneMatch(inside -> READS.contains(inside.getOp()))) {
      return;
    }
    if (!CALLS.contains(node.getOp())) {
      throw refusal(node, "to load it");
    }
    List<DataType> types = types(node);
    for (int i = 0; i < types.size(); i++) {
      if (types.get(i) == DataType.DT_STRING) {
        requireFile(files, around, node, node.getInput(i));
      }
    }
    FunctionDef function = functions.get(node.getAttrOrThrow("f").getFunc().getName());
    Set<String> arguments = new HashSet<>();
    function.getSignature().getInputArgList().forEach(arg -> arguments.add(arg.getName()));
    Map<String, NodeDef> inside = new HashMap<>();
    function.getNodeDefList().forEach(n -> inside.put(n.getName(), n));
    inside.values().forEach(n -> requireFrom(arguments, inside, n));
  }

  private static List<DataType> types(NodeDef call) {
    return call.getAttrOrDefault("Tin", AttrValue.getDefaultInstance()).getList().getTypeList();
  }

  private void requireFile(
      Set<String> files, Map<String, NodeDef> around, NodeDef reader, String input) {
    String name = node(input);
    for (int steps = 0; steps <= around.size() && !files.contains(name); steps++) {
      NodeDef source = around.get(name);
      if (source == null || !source.getOp().equals("Identity")) {
        throw refusal(reader, "to load it");
      }
      name = node(source.getInput(0));
    }
    if (!files.contains(name)) {
      throw refusal(reader, "to load it");
    }
  }

  private InputException refusal(NodeDef node, String who) {
    return new InputException(
        version.toString(),
        "what is run " + who + " has the op " + node.getOp() + " (node " + node.getName() + ")",
        "a graph that reads no checkpoint but its own, when it is loaded, and writes none",
        "serve only models that you trust and that compute nothing but their outputs");
  }

  private static String node(String tensor) {
    String plain = tensor.startsWith("^") ? tensor.substring(1) : tensor;
    int colon = plain.indexOf(':');
    return colon < 0 ? plain : plain.substring(0, colon);
  }
}
