package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/** Switches of training mode are off, and no signature asks for them; other inputs stay. */
class InferenceModeTest {

  @ParameterizedTest
  @CsvSource({
    "training, fed, DT_BOOL, true",
    "x, keras_learning_phase, DT_BOOL, true",
    "is_training, fed_2, DT_BOOL, true",
    "flag, model/is_training, DT_BOOL, true",
    "is_train, fed, DT_BOOL, true",
    "flag, model/phase_train, DT_BOOL, true",
    "train_phase, fed, DT_BOOL, true",
    "flag, fed, DT_BOOL, false",
    "restrain, fed, DT_BOOL, false",
    "training, fed, DT_FLOAT, false",
    "constraining, fed, DT_BOOL, false"
  })
  void aSwitchBecomesAConstant(String key, String node, DataType type, boolean constant) {
    MetaGraphDef.Builder metaGraph = MetaGraphDef.newBuilder();
    metaGraph
        .getGraphDefBuilder()
        .addNodeBuilder()
        .setName(node)
        .setOp("Placeholder")
        .putAttr("dtype", NewNodes.type(type));
    TensorInfo info = TensorInfo.newBuilder().setName(node + ":0").setDtype(type).build();
    metaGraph.putSignatureDef("run", SignatureDef.newBuilder().putInputs(key, info).build());
    MetaGraphDef result = InferenceMode.of(metaGraph.build());
    assertEquals(constant ? "Const" : "Placeholder", result.getGraphDef().getNode(0).getOp());
    assertEquals(
        constant ? Set.of() : Set.of(key),
        result.getSignatureDefOrThrow("run").getInputsMap().keySet());
  }
}
