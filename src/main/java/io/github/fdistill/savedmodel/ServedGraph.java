package io.github.fdistill.savedmodel;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.InputException;
import io.github.fdistill.Untrusted;
import io.github.fdistill.graph.AllowedOps;
import io.github.fdistill.graph.AllowedOps.Place;
import io.github.fdistill.graph.Constants;
import io.github.fdistill.graph.FusedNorms;
import io.github.fdistill.graph.GatherAxes;
import io.github.fdistill.graph.ImportedShapes;
import io.github.fdistill.graph.Library;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.NodeRules;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;

/**
 * What TensorFlow would load of a SavedModel that is served, looked at before it does: every node
 * of the graph and of its functions is an op that models are made of ({@link AllowedOps}). What a
 * request runs sets no variable and touches no file; what the loader runs reads the checkpoint that
 * the loader names, and no other.
 */
public final class ServedGraph {
  /** Collections of nodes that the loader runs. */
  private static final List<String> AT_THE_START =
      List.of("saved_model_main_op", "legacy_init_op", "saved_model_init_op");

  private static final String ASSETS = "saved_model_assets";
  private static final String WITHOUT_ASSET =
      "export the model without that asset, which no restoring needs";
  private static final String WITHOUT_REST = "export the network without what stands around it";
  private static final String OWN =
      "a graph that reads its own checkpoint, when it is loaded, and no other";

  private final String file;
  private final MetaGraphDef meta;
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Library library;

  private ServedGraph(String file, MetaGraphDef meta) {
    this.file = file;
    this.meta = meta;
    meta.getGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    library = new Library(meta.getGraphDef(), file);
  }

  /**
   * Looks at the graph with the tag {@code serve} of a version folder.
   *
   * @return whether it has norms that TensorFlow would fuse to other numbers
   * @throws InputException when it may not be loaded, or cannot be read within bounds
   */
  public static boolean require(Path folder) {
    return require(folder, SavedModelFile.serveGraph(folder));
  }

  /**
   * Looks at a graph.
   *
   * @param folder that it is from, with its variables
   * @return the same
   */
  static boolean require(Path folder, MetaGraphDef meta) {
    String file = folder.resolve(SavedModelFile.NAME).toString();
    return Untrusted.read(
        file,
        "a whole graph of ops that models are made of",
        "export or copy the model again",
        () -> {
          look(folder, file, meta);
          return FusedNorms.areIn(meta.getGraphDef(), file);
        });
  }

  private static void look(Path folder, String file, MetaGraphDef meta) {
    ServedGraph graph = new ServedGraph(file, meta);
    Map<String, SignatureDef> signatures = new TreeMap<>(meta.getSignatureDefMap());
    signatures.forEach((name, signature) -> graph.requireAnswering(name, signature));
    for (String collection : AT_THE_START) {
      List<String> run =
          meta.getCollectionDefOrDefault(collection, CollectionDef.getDefaultInstance())
              .getNodeList()
              .getValueList();
      graph.requireAll("what " + collection + " runs", graph.neededFor(run), Place.REQUEST);
      graph.requireNoRanks("what " + collection + " runs", graph.neededFor(run));
    }
    graph.requireRestoring();
    graph.requireLoadable();
    ServedRanks.require(folder, meta, graph.library);
  }

  private void requireAnswering(String name, SignatureDef signature) {
    List<String> outputs =
        signature.getOutputsMap().values().stream().map(info -> info.getName()).toList();
    requireAll("signature " + name, neededFor(outputs), Place.REQUEST);
  }

  private void requireRestoring() {
    String what = "what restores the variables";
    List<NodeDef> run = neededFor(List.of(meta.getSaverDef().getRestoreOpName()));
    requireAll(what, run, Place.RESTORE);
    requireNoRanks(what, run);
    String file = meta.getSaverDef().getFilenameTensorName();
    Optional<NodeDef> other = new RestoredFiles(library).other(run, file);
    if (other.isPresent()) {
      throw refused(
          what + ", node " + other.get().getName(),
          "the op " + other.get().getOp() + " may read another checkpoint than the model's",
          OWN);
    }
    requireNoAssets(what, run);
  }

  /** The loader puts the path of each asset in the place of a tensor, in what restores as well. */
  private void requireNoAssets(String what, List<NodeDef> run) {
    Set<String> names = new HashSet<>();
    run.forEach(node -> names.add(node.getName()));
    for (AssetFileDef asset : assets()) {
      String node = NetworkFunction.nodeOf(asset.getTensorInfo().getName());
      if (names.contains(node)) {
        String found = "the asset '" + asset.getFilename() + "' is put in its place";
        throw refused(what + ", node " + node, found, OWN, WITHOUT_ASSET);
      }
    }
  }

  /** As the loader has them: those of TensorFlow 1's collection only where there are no others. */
  private List<AssetFileDef> assets() {
    if (meta.getAssetFileDefCount() > 0) {
      return meta.getAssetFileDefList();
    }
    List<AssetFileDef> assets = new ArrayList<>();
    for (Any listed :
        meta.getCollectionDefOrDefault(ASSETS, CollectionDef.getDefaultInstance())
            .getAnyList()
            .getValueList()) {
      try {
        assets.add(listed.unpack(AssetFileDef.class));
      } catch (InvalidProtocolBufferException e) {
        throw refused(
            "collection " + ASSETS,
            "an asset that cannot be read",
            "files that are named as TensorFlow 1 names its assets",
            WITHOUT_ASSET);
      }
    }
    return assets;
  }

  /** What nothing runs is loaded all the same. */
  private void requireLoadable() {
    requireAll("nodes that nothing runs", nodes.values(), Place.IDLE);
    Constants constants = new Constants();
    nodes.values().forEach(node -> requireBounded(constants, node));
    requireAxes("", nodes.values());
    for (FunctionDef function : library.all()) {
      String what = "function " + function.getSignature().getName();
      require(what, "", function.getNodeDefList(), Place.IDLE);
      function.getNodeDefList().forEach(node -> requireBounded(constants, node));
      requireAxes(what + ", ", function.getNodeDefList());
      requireNotes(what, function.getAttrMap());
      function.getArgAttrMap().values().forEach(arg -> requireNotes(what, arg.getAttrMap()));
    }
  }

  private void requireNotes(String what, Map<String, AttrValue> attributes) {
    NodeRules.hiddenInFunction(attributes)
        .ifPresent(
            found -> {
              throw refused(
                  what,
                  "a function " + found,
                  "functions without such attributes",
                  NodeRules.remedy(attributes, WITHOUT_REST));
            });
  }

  private void requireBounded(Constants constants, NodeDef node) {
    constants
        .objection(node)
        .ifPresent(
            found -> {
              throw refused("node " + node.getName(), found, Constants.NEEDED);
            });
  }

  private void requireAxes(String inside, Collection<NodeDef> all) {
    GatherAxes.unknown(all)
        .ifPresent(
            node -> {
              String where = inside + "node " + node.getName();
              throw refused(where, GatherAxes.found(node), GatherAxes.NEEDED);
            });
  }

  /** Nodes of the graph, not of its functions, that these tensors or nodes need. */
  private List<NodeDef> neededFor(Collection<String> names) {
    Set<String> seen = new HashSet<>();
    Deque<String> left = new ArrayDeque<>(names);
    List<NodeDef> found = new ArrayList<>();
    while (!left.isEmpty()) {
      NodeDef node = nodes.get(NetworkFunction.nodeOf(left.remove()));
      if (node != null && seen.add(node.getName())) {
        found.add(node);
        left.addAll(node.getInputList());
      }
    }
    return found;
  }

  /** Looks at nodes of the graph, and at those of the functions that they reach. */
  private void requireAll(String what, Collection<NodeDef> run, Place place) {
    require(what, "", run, place);
    for (String name : library.reached(run)) {
      String inside = " (in function " + name + ")";
      require(what, inside, library.function(name).getNodeDefList(), place);
    }
  }

  /** The loader needs no op whose ranks would have to be known. */
  private void requireNoRanks(String what, List<NodeDef> run) {
    List<NodeDef> all = new ArrayList<>(run);
    library.reached(run).forEach(name -> all.addAll(library.function(name).getNodeDefList()));
    for (NodeDef node : all) {
      if (ImportedShapes.matter(node)) {
        throw refused(
            what + ", node " + node.getName(),
            "the op " + node.getOp(),
            "a model that computes nothing while it is loaded");
      }
    }
  }

  private void require(String what, String inside, Collection<NodeDef> run, Place place) {
    for (NodeDef node : run) {
      Optional<String> objection =
          library.isFunction(node.getOp())
              ? NodeRules.objection(node)
              : NodeRules.objection(node, place);
      if (objection.isPresent()) {
        throw refused(
            what + ", node " + node.getName() + inside,
            "the op " + node.getOp() + ", " + objection.get(),
            "a model that computes its outputs and nothing else, of the ops of networks and of"
                + " what encodes pictures",
            NodeRules.remedy(node.getAttrMap(), WITHOUT_REST));
      }
    }
  }

  private InputException refused(String what, String found, String needed) {
    return refused(what, found, needed, WITHOUT_REST);
  }

  private InputException refused(String what, String found, String needed, String remedy) {
    return new InputException(file + ", " + what, found, needed, remedy);
  }
}
