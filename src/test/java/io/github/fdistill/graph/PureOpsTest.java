package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** What a network may be made of. */
class PureOpsTest {

  /** A node of an op with float32 wherever its type is open. */
  private static NodeDef node(String name) {
    OpDef op = OpRegistry.op(name);
    NodeDef.Builder node = NodeDef.newBuilder().setName("n").setOp(name);
    for (OpDef.AttrDef attribute : op.getAttrList()) {
      AttrValue.Builder value = attribute.getDefaultValue().toBuilder();
      if (attribute.getType().equals("type")) {
        value.setType(DataType.DT_FLOAT);
      } else if (attribute.getType().equals("list(type)")) {
        value.getListBuilder().addType(DataType.DT_FLOAT);
      }
      node.putAttr(attribute.getName(), value.build());
    }
    return node.build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ReadFile",
        "WriteFile",
        "MatchingFiles",
        "SaveV2",
        "RestoreV2",
        "Restore",
        "MergeV2Checkpoints",
        "ShardedFilename",
        "WholeFileReaderV2",
        "TextLineReaderV2",
        "FixedLengthRecordReaderV2",
        "TFRecordReaderV2",
        "LMDBReader",
        "TFRecordDataset",
        "TextLineDataset",
        "SnapshotDataset",
        "CacheDataset",
        "InitializeTableFromTextFileV2",
        "LookupTableFindV2",
        "HashTableV2",
        "ImmutableConst",
        "PrintV2",
        "Print",
        "DebugIdentity",
        "DebugIdentityV2",
        "DebugIdentityV3",
        "DebugNanCount",
        "DebugNumericSummary",
        "DumpTensor",
        "CreateSummaryFileWriter",
        "WriteScalarSummary",
        "PyFunc",
        "PyFuncStateless",
        "EagerPyFunc",
        "RemoteCall",
        "MapDefun",
        "BatchFunction",
        "SymbolicGradient",
        "XlaCustomCall",
        "XlaCustomCallV2",
        "XlaLaunch",
        "XlaHostCompute",
        "MlirPassthroughOp",
        "TfLiteSubgraphExecute",
        "LoadAndRemapMatrix",
        "GenerateVocabRemapping",
        "Abort",
        "_Send",
        "_Recv",
        "_HostSend",
        "Send",
        "CollectiveReduceV2",
        "CollectiveBcastRecv",
        "QueueEnqueueV2",
        "RecordInput",
        "AudioSummaryV2",
        "DatasetToGraph",
        "RpcServerStart",
        "CompositeTensorVariantFromComponents",
        "TensorListReserve",
        "AssignVariableOp",
        "Assign",
        "VarHandleOp",
        "Timestamp",
        "Stage",
        "DecodeJpeg",
        "StringFormat"
      })
  void whatMayTouchFilesOrRunCodeIsRefused(String op) {
    if (OpRegistry.op(op) != null) { // Some are not in every build of TensorFlow.
      assertTrue(PureOps.objection(node(op)).isPresent(), op);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Conv2D",
        "Conv2DBackpropInput",
        "DepthwiseConv2dNative",
        "BiasAdd",
        "MatMul",
        "BatchMatMulV2",
        "Einsum",
        "FusedBatchNormV3",
        "AddV2",
        "Mul",
        "Rsqrt",
        "Mean",
        "Sigmoid",
        "Softmax",
        "ResizeNearestNeighbor",
        "AvgPool",
        "ConcatV2",
        "GatherV2",
        "GatherNd",
        "StridedSlice",
        "Pad",
        "Placeholder",
        "Const",
        "Cast",
        "Identity",
        "NoOp",
        "RandomStandardNormal",
        "StatelessRandomNormalV2",
        "CheckNumerics",
        "ScaleAndTranslate"
      })
  void whatNetworksAreMadeOfIsNot(String op) {
    assertEquals(Optional.empty(), PureOps.objection(node(op)), op);
  }

  /** The same op on texts is another matter. */
  @ParameterizedTest
  @ValueSource(strings = {"Identity", "Const", "GatherV2", "Placeholder"})
  void textsAreRefusedInAnyOp(String op) {
    NodeDef.Builder node = node(op).toBuilder();
    node.getAttrMap()
        .forEach(
            (name, value) -> {
              if (value.getType() == DataType.DT_FLOAT) {
                node.putAttr(name, value.toBuilder().setType(DataType.DT_STRING).build());
              }
            });
    assertTrue(PureOps.objection(node.build()).isPresent());
  }
}
