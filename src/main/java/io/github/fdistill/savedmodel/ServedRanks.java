package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.graph.FlatGraph;
import io.github.fdistill.graph.FunctionInliner;
import io.github.fdistill.graph.KnownRanks;
import io.github.fdistill.graph.Library;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.SignatureInputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * Whether the ranks that matter ({@link KnownRanks}) are known of what a request runs: from the
 * shapes that its signature lets in, and those that the variables are declared with.
 */
final class ServedRanks {
  /** Of a node that stands for a PlaceholderWithDefault: the shape that this says. */
  static final String SAID = "_said";

  private final String file;
  private final GraphDef graph;
  private final Library library;
  private final FunctionInliner.Inlined inlined;

  private ServedRanks(String file, MetaGraphDef meta, Library library) {
    this.file = file;
    this.graph = meta.getGraphDef();
    this.library = library;
    inlined =
        FunctionInliner.inline(graph, file, FlatGraph.fed(meta.getSignatureDefMap().values()));
  }

  /**
   * Looks at every signature.
   *
   * @throws InputException where a rank is not known that must be, or shapes do not fit
   */
  static void require(Path folder, MetaGraphDef meta, Library library) {
    String file = folder.resolve(SavedModelFile.NAME).toString();
    ServedRanks ranks = new ServedRanks(file, meta, library);
    if (matter(meta.getGraphDef(), library)) {
      RestoredShapes.of(ranks.inlined)
          .require(folder, meta.getGraphDef(), meta.getSaverDef().getRestoreOpName(), library);
    }
    meta.getSignatureDefMap().forEach(ranks::require);
  }

  /** Whether a graph or one of its functions has an op whose ranks have to be known. */
  static boolean matter(GraphDef graph, Library library) {
    return matter(graph.getNodeList())
        || library.all().stream().anyMatch(function -> matter(function.getNodeDefList()));
  }

  private static boolean matter(List<NodeDef> nodes) {
    return nodes.stream().anyMatch(KnownRanks::matter);
  }

  private void require(String name, SignatureDef signature) {
    SignatureDef.Builder flat = signature.toBuilder();
    signature
        .getInputsMap()
        .forEach(
            (key, info) -> {
              TensorInfo renamed = renamed(info);
              if (inlined.has(renamed.getName())) {
                flat.putInputs(key, renamed);
              } else {
                flat.removeInputs(key);
              }
            });
    SignatureInputs inputs = SignatureInputs.cut(inlined.graph(), flat.build());
    List<String> outputs = new ArrayList<>();
    for (TensorInfo output : signature.getOutputsMap().values()) {
      if (inlined.has(output.getName())) {
        outputs.add(inputs.tensor(inlined.tensor(output.getName())));
      }
    }
    GraphDef needed = NetworkFunction.needed(inputs.graph(), outputs);
    Map<String, TensorInfo> fed = new LinkedHashMap<>();
    inputs.nodes().forEach((key, node) -> fed.put(node, flat.getInputsOrThrow(key)));
    requireKnown("signature " + name, shaped(needed, fed));
  }

  private TensorInfo renamed(TensorInfo info) {
    return inlined.has(info.getName())
        ? info.toBuilder().setName(inlined.tensor(info.getName())).build()
        : info;
  }

  private void requireKnown(String what, GraphDef shaped) {
    try {
      new BranchShapes(file + ", " + what, graph, library).require(shaped, inlined.origins());
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw refused(what, "TensorFlow refuses its graph: " + RunFailure.reason(e));
    }
  }

  /** The graph with its inputs as a request may give them. */
  static GraphDef shaped(GraphDef graph, Map<String, TensorInfo> fed) {
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      TensorInfo info = fed.get(node.getName());
      if (info != null) {
        result.addNode(SignatureInputs.placeholder(node.getName(), info));
      } else {
        result.addNode(node.getOp().equals("PlaceholderWithDefault") ? passedOn(node) : node);
      }
    }
    return result.build();
  }

  /** It has a shape to {@link #SAID say}, but gives its input as that is. */
  private static NodeDef passedOn(NodeDef node) {
    return NodeDef.newBuilder()
        .setName(node.getName())
        .setOp("Identity")
        .addAllInput(node.getInputList())
        .putAttr("T", node.getAttrOrThrow("dtype"))
        .putAttr(SAID, node.getAttrOrThrow("shape"))
        .build();
  }

  private InputException refused(String what, String found) {
    return new InputException(
        file + ", " + what,
        found,
        "convolutions and their like on shapes that are known before they run",
        "export the network with the shapes of its inputs and of what its loops pass on, and with"
            + " biases and norms of as many numbers as there are channels");
  }
}
