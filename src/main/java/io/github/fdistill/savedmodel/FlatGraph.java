package io.github.fdistill.savedmodel;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * The graph of a SavedModel in inference mode, with every function in the place of its calls and
 * every conditional that is decided in the place of its branches.
 *
 * @param signatures with the names that their tensors have here
 * @param origins where its nodes come from
 */
record FlatGraph(GraphDef graph, Map<String, SignatureDef> signatures, Origins origins) {

  /**
   * Flattens a graph.
   *
   * @param file that it is from, for messages
   */
  static FlatGraph of(MetaGraphDef metaGraph, String file) {
    MetaGraphDef inference = InferenceMode.of(metaGraph);
    FunctionInliner.Inlined inlined = FunctionInliner.inline(inference.getGraphDef(), file);
    Map<String, SignatureDef> signatures = new LinkedHashMap<>();
    inference
        .getSignatureDefMap()
        .forEach((name, signature) -> signatures.put(name, renamed(signature, inlined)));
    return new FlatGraph(DecidedSwitches.of(inlined.graph()), signatures, inlined.origins());
  }

  private static SignatureDef renamed(SignatureDef signature, FunctionInliner.Inlined inlined) {
    SignatureDef.Builder renamed = signature.toBuilder();
    for (Map.Entry<String, TensorInfo> output : signature.getOutputsMap().entrySet()) {
      TensorInfo info = output.getValue();
      if (inlined.has(info.getName())) {
        String name = inlined.tensor(info.getName());
        renamed.putOutputs(output.getKey(), info.toBuilder().setName(name).build());
      }
    }
    return renamed.build();
  }
}
