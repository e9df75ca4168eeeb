package io.github.fdistill.graph;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * The graph of a SavedModel in inference mode, with every function in the place of its calls and
 * every conditional that is decided in the place of its branches; of our exports without the frame
 * around the network.
 *
 * @param signatures with the names that their tensors have here
 * @param origins where its nodes come from
 */
public record FlatGraph(GraphDef graph, Map<String, SignatureDef> signatures, Origins origins) {

  /**
   * Flattens a graph.
   *
   * @param file that it is from, for messages
   */
  public static FlatGraph of(MetaGraphDef metaGraph, String file) {
    MetaGraphDef inference = InferenceMode.of(metaGraph);
    FunctionInliner.Inlined inlined =
        FunctionInliner.inline(
            inference.getGraphDef(), file, fed(inference.getSignatureDefMap().values()));
    Map<String, SignatureDef> signatures = new LinkedHashMap<>();
    inference
        .getSignatureDefMap()
        .forEach((name, signature) -> signatures.put(name, renamed(signature, inlined)));
    GraphDef decided = DecidedSwitches.of(inlined.graph(), fed(signatures.values()));
    return Frame.without(new FlatGraph(decided, signatures, inlined.origins()));
  }

  /** The tensors that signatures feed, {@code node} or {@code node:index}. */
  public static Set<String> fed(Collection<SignatureDef> signatures) {
    return signatures.stream()
        .flatMap(signature -> signature.getInputsMap().values().stream())
        .map(info -> ConstantPredicates.plain(info.getName()))
        .collect(Collectors.toSet());
  }

  private static SignatureDef renamed(SignatureDef signature, FunctionInliner.Inlined inlined) {
    SignatureDef.Builder renamed = signature.toBuilder();
    signature.getInputsMap().forEach((key, info) -> renamed.putInputs(key, renamed(info, inlined)));
    signature
        .getOutputsMap()
        .forEach((key, info) -> renamed.putOutputs(key, renamed(info, inlined)));
    return renamed.build();
  }

  /** What a signature says of a tensor, with the name that the tensor has now. */
  private static TensorInfo renamed(TensorInfo info, FunctionInliner.Inlined inlined) {
    return inlined.has(info.getName())
        ? info.toBuilder().setName(inlined.tensor(info.getName())).build()
        : info;
  }
}
