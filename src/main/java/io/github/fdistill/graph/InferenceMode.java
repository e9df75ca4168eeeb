package io.github.fdistill.graph;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Sets the switches of training mode to false: truth values that are fed under names such as
 * training, is_train, phase_train or learning_phase. Batch normalisation then takes its saved
 * moments, and dropout is off.
 */
final class InferenceMode {
  private static final Pattern SWITCH =
      Pattern.compile(
          "(?i)(^|.*[_/])(is_?)?"
              + "(train(ing)?(_?(mode|phase|flag))?|phase_?train|learning_phase)(_?[0-9]+)?$");

  private InferenceMode() {}

  /** The graph with each such placeholder constant, and signatures without it. */
  static MetaGraphDef of(MetaGraphDef metaGraph) {
    Set<String> named = new HashSet<>();
    metaGraph
        .getSignatureDefMap()
        .values()
        .forEach(
            signature ->
                signature
                    .getInputsMap()
                    .forEach(
                        (key, info) -> {
                          if (isSwitch(key, info)) {
                            named.add(NetworkFunction.nodeOf(info.getName()));
                          }
                        }));
    MetaGraphDef.Builder result = metaGraph.toBuilder();
    GraphDef.Builder graph = result.getGraphDefBuilder();
    for (NodeDef.Builder node : graph.getNodeBuilderList()) {
      if (isSwitch(node, named)) {
        named.add(node.getName());
        node.setOp("Const").clearInput().clearAttr().putAllAttr(no());
      }
    }
    for (Map.Entry<String, SignatureDef> entry : metaGraph.getSignatureDefMap().entrySet()) {
      SignatureDef.Builder signature = entry.getValue().toBuilder();
      entry
          .getValue()
          .getInputsMap()
          .forEach(
              (key, info) -> {
                if (named.contains(NetworkFunction.nodeOf(info.getName()))) {
                  signature.removeInputs(key);
                }
              });
      result.putSignatureDef(entry.getKey(), signature.build());
    }
    return result.build();
  }

  private static boolean isSwitch(String key, TensorInfo info) {
    return info.getDtype() == DataType.DT_BOOL && SWITCH.matcher(key).matches();
  }

  private static boolean isSwitch(NodeDef.Builder node, Set<String> named) {
    boolean placeholder =
        node.getOp().equals("Placeholder") || node.getOp().equals("PlaceholderWithDefault");
    return placeholder
        && node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType()
            == DataType.DT_BOOL
        && (named.contains(node.getName()) || SWITCH.matcher(node.getName()).matches());
  }

  private static Map<String, AttrValue> no() {
    TensorProto value =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_BOOL)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addBoolVal(false)
            .build();
    return Map.of(
        "dtype", AttrValue.newBuilder().setType(DataType.DT_BOOL).build(),
        "value", AttrValue.newBuilder().setTensor(value).build());
  }
}
