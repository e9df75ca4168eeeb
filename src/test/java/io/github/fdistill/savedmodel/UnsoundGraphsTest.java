package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Graphs of ops that networks have, with numbers in them that no network has. */
class UnsoundGraphsTest {
  private static final AttrValue FLOAT = type(DataType.DT_FLOAT);

  private static final AttrValue INT = type(DataType.DT_INT32);
  private static final AttrValue LONG = type(DataType.DT_INT64);

  @TempDir Path folder;

  /** A model that gives back what it takes, but for a change. */
  private SavedModel model(Consumer<MetaGraphDef.Builder> change) throws IOException {
    var saved = org.tensorflow.proto.SavedModel.newBuilder().setSavedModelSchemaVersion(1);
    MetaGraphDef.Builder meta = saved.addMetaGraphsBuilder();
    meta.getMetaInfoDefBuilder().addTags("serve");
    GraphDef.Builder graph = meta.getGraphDefBuilder();
    graph.getVersionsBuilder().setProducer(1994);
    add(graph, "x", "Placeholder").putAttr("dtype", FLOAT).putAttr("shape", shape(-1, 8, 8, 1));
    add(graph, "y", "Identity", "x").putAttr("T", FLOAT);
    meta.putSignatureDef("run", run("y:0"));
    change.accept(meta);
    Files.write(folder.resolve("saved_model.pb"), saved.build().toByteArray());
    return SavedModel.read(folder);
  }

  private static NodeDef.Builder add(GraphDef.Builder graph, String name, String op, String... in) {
    return graph.addNodeBuilder().setName(name).setOp(op).addAllInput(List.of(in));
  }

  private static AttrValue shape(long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDimBuilder().setSize(dim);
    }
    return AttrValue.newBuilder().setShape(shape).build();
  }

  private static AttrValue numbers(long... numbers) {
    AttrValue.Builder value = AttrValue.newBuilder();
    for (long number : numbers) {
      value.getListBuilder().addI(number);
    }
    return value.build();
  }

  private void refused(Consumer<MetaGraphDef.Builder> change, String... parts) {
    String message =
        assertThrows(InputException.class, () -> model(change).function("run")).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
    assertFalse(message.contains("no words for"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"y:7", "y:-1", "y:2147483647"})
  void anOutputThatANodeDoesNotHave(String tensor) {
    refused(
        m -> m.putSignatureDef("run", run(tensor)),
        tensor.equals("y:7")
            ? "signature run: 'y' is the tensor 'y:7'"
            : "node y: it has no output");
  }

  private static SignatureDef run(String output) {
    return SignatureDef.newBuilder()
        .putInputs("x", TensorInfo.newBuilder().setName("x:0").build())
        .putOutputs("y", TensorInfo.newBuilder().setName(output).build())
        .build();
  }

  @Test
  void anOutputThatAFunctionsNodeDoesNotHave() {
    refused(
        m -> {
          FunctionDef.Builder f = m.getGraphDefBuilder().getLibraryBuilder().addFunctionBuilder();
          f.getSignatureBuilder().setName("f");
          f.getSignatureBuilder().addInputArgBuilder().setName("a").setType(DataType.DT_FLOAT);
          f.getSignatureBuilder().addOutputArgBuilder().setName("o").setType(DataType.DT_FLOAT);
          f.addNodeDefBuilder().setName("c").setOp("Identity").addInput("a").putAttr("T", FLOAT);
          f.putRet("o", "c:output:7");
          m.getGraphDefBuilder().getNodeBuilder(1).setOp("f").clearAttr();
        },
        "signature run",
        "'y' is the tensor 'y/c:7'");
  }

  /** TensorFlow ends the process of the first. */
  @Test
  void aShapeThatNoTensorHas() {
    long much = 1L << 40;
    refused(m -> shaped(m, -1, much, much, 3), "node x", "the shape [-1, " + much);
    refused(m -> shaped(m, -1, -5, 8, 1), "node x", "the shape [-1, -5, 8, 1]");
    refused(m -> shaped(m, Long.MIN_VALUE), "node x", "the shape [-9223372036854775808]");
  }

  /**
   * A reduction of it has no shape that fits, and would be computed as soon as a node takes it for
   * a shape: each node is looked at before the next one is there.
   */
  @Test
  void aTensorOfNoValuesIsBoundedAsWell() {
    String refusal = "node fill: the op Fill, which gives the shape [2, 0, 4611686018427387904]";
    refused(
        m -> {
          largest(m.getGraphDefBuilder());
          m.getGraphDefBuilder().getNodeBuilder(1).setOp("Reshape").addInput("max");
        },
        refusal);
    // A kernel's shape is asked for before the rest is looked at.
    refused(
        m -> {
          GraphDef.Builder graph = m.getGraphDefBuilder();
          largest(graph);
          constant(graph, "axes", INT, 0, 1);
          add(graph, "least", "Min", "max", "axes").putAttr("T", INT);
          add(graph, "k", "Range", "value", "least", "axis").putAttr("Tidx", INT);
          dilated(graph.getNodeBuilder(1));
        },
        refusal);
  }

  private static void largest(GraphDef.Builder graph) {
    constant(graph, "dims", LONG, 2, 0, 1L << 62);
    constant(graph, "value", INT, 0);
    constant(graph, "axis", INT, 1);
    add(graph, "fill", "Fill", "dims", "value").putAttr("T", INT).putAttr("index_type", LONG);
    add(graph, "max", "Max", "fill", "axis").putAttr("T", INT);
  }

  /** By a kernel k. */
  private static void dilated(NodeDef.Builder node) {
    node.setOp("Conv2D")
        .addInput("k")
        .putAttr("strides", numbers(1, 1, 1, 1))
        .putAttr("dilations", numbers(1, 2, 2, 1))
        .putAttr("padding", text("SAME"));
  }

  /** A vector; of one number, a scalar. */
  private static void constant(GraphDef.Builder graph, String name, AttrValue type, long... all) {
    TensorProto.Builder value = TensorProto.newBuilder().setDtype(type.getType());
    if (all.length > 1) {
      value.getTensorShapeBuilder().addDimBuilder().setSize(all.length);
    }
    for (long number : all) {
      if (type.equals(LONG)) {
        value.addInt64Val(number);
      } else {
        value.addIntVal((int) number);
      }
    }
    AttrValue tensor = AttrValue.newBuilder().setTensor(value).build();
    add(graph, name, "Const").putAttr("dtype", type).putAttr("value", tensor);
  }

  private static void shaped(MetaGraphDef.Builder meta, long... dims) {
    meta.getGraphDefBuilder().getNodeBuilder(0).putAttr("shape", shape(dims));
  }

  @Test
  void paddingsThatNoImageHas() {
    for (long[] pads :
        List.of(new long[] {0, 0, 1L << 40, 0, 0, 0, 0, 0}, new long[] {0, 0, -1}, new long[0])) {
      refused(
          m -> {
            GraphDef.Builder graph = m.getGraphDefBuilder();
            add(graph, "k", "Placeholder")
                .putAttr("dtype", FLOAT)
                .putAttr("shape", shape(3, 3, 1, 1));
            graph
                .getNodeBuilder(1)
                .setOp("Conv2D")
                .addInput("k")
                .putAttr("strides", numbers(1, 1, 1, 1))
                .putAttr("padding", text("EXPLICIT"))
                .putAttr("explicit_paddings", numbers(pads));
          },
          "signature run",
          "explicit_padding");
    }
  }

  /**
   * TensorFlow computes the shape of the kernel, which the rule for dilations asks for, as soon as
   * it has the graph; and DebugNanCount writes what it counts to a file.
   */
  @Test
  void noOpIsComputedForAShapeBeforeItIsLookedAt() {
    Path written = folder.resolve("written");
    refused(
        m -> {
          GraphDef.Builder graph = m.getGraphDefBuilder();
          AttrValue.Builder url = AttrValue.newBuilder();
          url.getListBuilder().addS(ByteString.copyFromUtf8("file://" + written));
          add(graph, "count", "DebugNanCount", constant(graph, "nans", Float.NaN))
              .putAttr("T", FLOAT)
              .putAttr("tensor_name", text("nans:0"))
              .putAttr("debug_urls", url.build());
          add(graph, "narrow", "Cast", "count")
              .putAttr("SrcT", type(DataType.DT_INT64))
              .putAttr("DstT", type(DataType.DT_FLOAT));
          add(graph, "k", "Fill", "sizes", constant(graph, "one", 1)).putAttr("T", FLOAT);
          add(graph, "sizes", "Cast", "floats")
              .putAttr("SrcT", FLOAT)
              .putAttr("DstT", type(DataType.DT_INT32));
          add(graph, "floats", "Pack", "narrow", "narrow", "one", "one")
              .putAttr("N", AttrValue.newBuilder().setI(4).build())
              .putAttr("T", FLOAT);
          dilated(graph.getNodeBuilder(1));
        },
        "the op DebugNanCount");
    assertFalse(Files.exists(written));
  }

  /** A float32 scalar; gives back its name. */
  private static String constant(GraphDef.Builder graph, String name, float value) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
    tensor.addFloatVal(value).setTensorShape(TensorShapeProto.getDefaultInstance());
    add(graph, name, "Const")
        .putAttr("dtype", FLOAT)
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build());
    return name;
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  private static AttrValue text(String text) {
    return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(text)).build();
  }

  /** Each takes time to look at. */
  @Test
  void moreSignaturesThanAnybodyAsksFor() {
    refused(
        m -> {
          var run = m.getSignatureDefOrThrow("run");
          for (int i = 0; i < 1000; i++) {
            m.putSignatureDef("run" + i, run);
          }
        },
        "saved_model.pb: 1001 signatures");
  }
}
