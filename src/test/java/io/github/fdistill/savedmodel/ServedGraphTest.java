package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;

/** What is loaded and run of a SavedModel that is served. */
class ServedGraphTest {
  private static NodeDef node(String name, String op, String... inputs) {
    return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(List.of(inputs)).build();
  }

  private static GraphDef graph(NodeDef... nodes) {
    return GraphDef.newBuilder().addAllNode(List.of(nodes)).build();
  }

  private static GraphDef with(GraphDef graph, FunctionDef... functions) {
    return graph.toBuilder()
        .setLibrary(FunctionDefLibrary.newBuilder().addAllFunction(List.of(functions)))
        .build();
  }

  private static FunctionDef function(String name, NodeDef... body) {
    return FunctionDef.newBuilder()
        .setSignature(
            OpDef.newBuilder()
                .setName(name)
                .addInputArg(OpDef.ArgDef.newBuilder().setName("path").setType(DataType.DT_STRING)))
        .addAllNodeDef(List.of(body))
        .build();
  }

  private static NodeDef with(NodeDef node, String attribute, String function) {
    NameAttrList called = NameAttrList.newBuilder().setName(function).build();
    return node.toBuilder()
        .putAttr(attribute, AttrValue.newBuilder().setFunc(called).build())
        .build();
  }

  private static NodeDef call(String name, String function, String input) {
    AttrValue.ListValue texts =
        AttrValue.ListValue.newBuilder().addType(DataType.DT_STRING).build();
    return with(node(name, "StatefulPartitionedCall", input), "f", function).toBuilder()
        .putAttr("Tin", AttrValue.newBuilder().setList(texts).build())
        .build();
  }

  /** A SavedModel whose loader names its file in the node "file" and runs "restore". */
  private static MetaGraphDef meta(GraphDef graph, String... outputs) {
    SignatureDef.Builder signature = SignatureDef.newBuilder();
    for (String output : outputs) {
      signature.putOutputs(output, TensorInfo.newBuilder().setName(output + ":0").build());
    }
    return MetaGraphDef.newBuilder()
        .setGraphDef(graph)
        .setSaverDef(
            SaverDef.newBuilder().setFilenameTensorName("file:0").setRestoreOpName("restore"))
        .putSignatureDef("serving_default", signature.build())
        .build();
  }

  private static void served(MetaGraphDef meta) {
    ServedGraph.require(Path.of("model/1"), meta);
  }

  private static void refused(MetaGraphDef meta, String... parts) {
    InputException e = assertThrows(InputException.class, () -> served(meta));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), "'" + part + "' in: " + e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ReadFile",
        "WriteFile",
        "MatchingFiles",
        "PyFunc",
        "EagerPyFunc",
        "TFRecordDataset",
        "TextLineDataset",
        "LMDBReader",
        "SqlDataset",
        "InitializeTableFromTextFileV2",
        "CreateSummaryFileWriter",
        "DebugIdentityV2",
        "RemoteCall",
        "_Recv",
        "PrintV2",
        "Empty",
        "NoSuchOp"
      })
  void anOpThatNetworksAreNotMadeOfIsRefusedWhereverItStands(String op) {
    NodeDef bad = node("bad", op);
    refused(meta(graph(bad), "bad"), "signature serving_default", "node bad", "the op " + op);
    refused(meta(graph(bad)), "nodes that nothing runs", "the op " + op);
    refused(meta(graph(node("restore", "NoOp", "^bad"), bad)), "restores", "the op " + op);
    refused(meta(with(graph(), function("f", bad))), "function f", "the op " + op);
    for (String branch : List.of("f", "cond", "body", "then_branch", "else_branch")) {
      NodeDef y = with(node("y", "While"), branch, "f");
      refused(
          meta(
              with(graph(y), function("f", with(node("c", "If"), "x", "g")), function("g", bad)),
              "y"),
          "signature serving_default, node bad (in function g)",
          "the op " + op);
    }
    NodeDef named = node("y", "f");
    refused(meta(with(graph(named), function("f", bad)), "y"), "signature serving_default", op);
    AttrValue wide = AttrValue.newBuilder().setI(1L << 40).build();
    NodeDef given = named.toBuilder().putAttr("axis", wide).build();
    refused(meta(with(graph(given), function("f"))), "node y", "1099511627776 in its attribute");
  }

  @ParameterizedTest
  @ValueSource(strings = {"saved_model_main_op", "legacy_init_op", "saved_model_init_op"})
  void whatTheLoaderRunsAtTheStartSetsNothingEither(String collection) {
    NodeDef sets = node("sets", "AssignVariableOp");
    CollectionDef run =
        CollectionDef.newBuilder()
            .setNodeList(CollectionDef.NodeList.newBuilder().addValue("start"))
            .build();
    MetaGraphDef meta =
        meta(graph(sets, node("start", "NoOp", "^sets"))).toBuilder()
            .putCollectionDef(collection, run)
            .build();
    refused(meta, collection, "node sets", "AssignVariableOp");
  }

  @Test
  void aCheckpointIsReadFromWhereTheLoaderSays() {
    NodeDef file = node("file", "Placeholder");
    NodeDef passedOn = node("p", "Identity", "file:0");
    NodeDef other = Toy.text("other", "/elsewhere");
    NodeDef hidden = node("hidden", "PlaceholderWithDefault", "other");
    NodeDef restore = node("restore", "NoOp", "^r");
    for (String from : List.of("file", "p:0")) {
      NodeDef read = node("r", "RestoreV2", from, "names", "slices");
      served(meta(graph(file, passedOn, read, restore)));
    }
    for (String from : List.of("other", "hidden:0", "absent")) {
      NodeDef read = node("r", "RestoreV2", from, "names", "slices");
      refused(meta(graph(file, other, hidden, read, restore)), "node r", "RestoreV2", "another");
    }
    refused(meta(graph(file, node("r", "SaveV2", "file"), restore)), "SaveV2");
  }

  /** The loader gives its name to the first output alone. */
  @Test
  void whatElseTheNodeOfTheFileGivesIsAnotherFile() {
    NodeDef two = node("file", "IdentityN", "own", "other");
    NodeDef own = Toy.text("own", "a");
    NodeDef other = Toy.text("other", "/elsewhere");
    NodeDef restore = node("restore", "NoOp", "^r");
    for (String from : List.of("file:1", "file:00")) {
      NodeDef read = node("r", "RestoreV2", from, "names", "slices");
      NodeDef file = node("file", "Placeholder");
      refused(meta(graph(file, read, restore)), "node r", "RestoreV2", "another");
      refused(meta(graph(two, own, other, read, restore)), "another checkpoint");
    }
    NodeDef read = node("r", "RestoreV2", "file", "names", "slices");
    refused(meta(graph(two, own, other, read, restore)), "node file", "IdentityN");
  }

  /** The loader puts its path in the place of a tensor. */
  @Test
  void noAssetIsReadAsACheckpoint() {
    NodeDef passedOn = node("p", "Identity", "file");
    NodeDef read = node("r", "RestoreV2", "p", "names", "slices");
    GraphDef graph =
        graph(node("file", "Placeholder"), passedOn, read, node("restore", "NoOp", "^r"));
    MetaGraphDef.Builder named = meta(graph).toBuilder();
    AssetFileDef.Builder asset = named.addAssetFileDefBuilder().setFilename("other");
    asset.getTensorInfoBuilder().setName("table:0");
    served(named.build());
    asset.getTensorInfoBuilder().setName("p:0");
    refused(named.build(), "node p", "the asset 'other' is put in its place", "without that asset");
    refused(listed(graph, Any.pack(asset.build())), "node p", "the asset 'other' is put");
    asset.getTensorInfoBuilder().setName("table:0");
    served(listed(graph, Any.pack(asset.build())));
    Any unread = Any.pack(meta(graph));
    refused(listed(graph, unread), "collection saved_model_assets", "cannot be read");
    served(listed(graph, unread).toBuilder().addAssetFileDef(asset).build());
  }

  /** With an asset as TensorFlow 1 names it. */
  private static MetaGraphDef listed(GraphDef graph, Any asset) {
    CollectionDef.Builder assets = CollectionDef.newBuilder();
    assets.getAnyListBuilder().addValue(asset);
    return meta(graph).toBuilder().putCollectionDef("saved_model_assets", assets.build()).build();
  }

  @Test
  void aFunctionReadsNoOtherCheckpointEither() {
    FunctionDef reader =
        function(
            "reader",
            node("p", "Identity", "path"),
            Toy.text("names", "v"),
            Toy.text("slices", ""),
            node("r", "RestoreV2", "p:output:0", "names:output:0", "slices:output:0"));
    FunctionDef fixed =
        function(
            "fixed",
            Toy.text("c", "/elsewhere"),
            node("r", "RestoreV2", "c:output:0", "c:output:0", "c:output:0"));
    FunctionDef shadowed =
        function(
            "shadowed",
            Toy.text("path", "/elsewhere"),
            node("r", "RestoreV2", "path:output:0", "path:output:0", "path:output:0"));
    NodeDef file = node("file", "Placeholder");
    NodeDef other = Toy.text("other", "/elsewhere");
    served(meta(with(graph(file, call("restore", "reader", "file")), reader, fixed)));
    refused(
        meta(with(graph(file, other, call("restore", "reader", "other")), reader)),
        "StatefulPartitionedCall");
    refused(meta(with(graph(file, call("restore", "fixed", "file")), fixed)), "RestoreV2");
    refused(meta(with(graph(file, call("restore", "shadowed", "file")), shadowed)), "RestoreV2");
    NodeDef branch = with(node("restore", "If", "file"), "then_branch", "reader");
    refused(meta(with(graph(file, branch), reader)), "the op If");
  }

  @Test
  void requestsReadAndWriteNoCheckpointAndSetNoVariable() {
    NodeDef file = node("file", "Placeholder");
    NodeDef read = node("r", "RestoreV2", "file", "names", "slices");
    NodeDef write = node("w", "SaveV2", "file", "names", "slices", "y");
    NodeDef output = node("y", "Identity", "x", "^w");
    NodeDef restore = node("restore", "NoOp", "^r");
    // The ops that every SavedModel has do no harm where no request reaches them.
    served(meta(graph(file, read, write, restore, node("z", "NoOp")), "z"));
    MetaGraphDef.Builder gone =
        meta(graph(file, read, write, restore, node("z", "NoOp")), "z").toBuilder();
    for (String input : List.of("a", "b", "c")) { // TensorFlow tells of these as it loads.
      TensorInfo none = TensorInfo.newBuilder().setName("gone:0").build();
      gone.putSignatureDef(
          "serving_default",
          gone.getSignatureDefOrThrow("serving_default").toBuilder()
              .putInputs(input, none)
              .build());
    }
    served(gone.build());
    refused(meta(graph(file, read, write, restore, output), "y"), "SaveV2");
    refused(meta(graph(file, read, restore), "r"), "RestoreV2");
    refused(meta(graph(node("v", "AssignVariableOp")), "v"), "AssignVariableOp");
    FunctionDef writer = function("writer", node("w", "SaveV2", "path"));
    refused(meta(with(graph(file, call("y", "writer", "file")), writer), "y"), "SaveV2");
  }

  @Test
  void functionsAreBoundedInDepthAndNumber() {
    refused(
        meta(
            with(
                graph(call("y", "a", "x")),
                function("a", call("b", "b", "path")),
                function("b", call("a", "a", "path"))),
            "y"),
        "calls itself");
    List<FunctionDef> deep = new ArrayList<>();
    List<FunctionDef> wide = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      deep.add(function("f" + i, call("c", "f" + (i + 1), "path")));
    }
    for (int i = 0; i < 40; i++) {
      String next = "f" + (i + 1);
      wide.add(function("f" + i, call("c", next, "path"), call("d", next, "path")));
    }
    deep.add(function("f300", node("n", "NoOp")));
    wide.add(function("f40", node("n", "NoOp")));
    GraphDef start = graph(call("y", "f0", "x"));
    refused(meta(with(start, deep.toArray(FunctionDef[]::new)), "y"), "more than 200");
    refused(meta(with(start, wide.toArray(FunctionDef[]::new)), "y"), "more than 2000000 nodes");
    refused(meta(start, "y"), "a call of the function f0");
    refused(meta(with(graph(), function("Conv2D", node("n", "NoOp")))), "function Conv2D", "an op");
  }

  @Test
  void aConstantThatWouldFillTheMemoryIsNotLoaded() {
    TensorProto.Builder value = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(1);
    value.getTensorShapeBuilder().addDimBuilder().setSize(1L << 40);
    NodeDef bomb =
        node("bomb", "Const").toBuilder()
            .putAttr("value", AttrValue.newBuilder().setTensor(value).build())
            .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_FLOAT).build())
            .build();
    refused(meta(graph(bomb)), "node bomb", "1099511627776");
    refused(meta(with(graph(), function("f", bomb))), "node bomb", "1099511627776");
    NodeDef other =
        bomb.toBuilder()
            .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_INT32).build())
            .build();
    refused(meta(graph(other)), "node bomb", "a constant DT_INT32 whose numbers are DT_FLOAT");
  }

  /** A call may name devices; how graphs are rewritten, and by what they are run, it may not. */
  @Test
  void aCallDoesNotSteerTensorFlow() {
    FunctionDef f = function("f", node("n", "NoOp"));
    ConfigProto devices = ConfigProto.newBuilder().putDeviceCount("CPU", 1).build();
    ConfigProto rewriting =
        ConfigProto.newBuilder().setGraphOptions(GraphOptions.getDefaultInstance()).build();
    served(meta(with(graph(with(call("y", "f", "x"), devices)), f)));
    refused(meta(with(graph(with(call("y", "f", "x"), rewriting)), f), "y"), "rewritten");
    AttrValue name = AttrValue.newBuilder().setS(rewriting.toByteString()).build();
    for (String attribute : List.of("config", "executor_type")) {
      NodeDef steering = call("y", "f", "x").toBuilder().putAttr(attribute, name).build();
      refused(meta(with(graph(steering), f), "y"), attribute);
    }
    // By the last two it calls another function of the same interface in the place of f.
    for (String steering : List.of("_XlaMustCompile", "api_implements", "api_preferred_device")) {
      FunctionDef replaced = f.toBuilder().putAttr(steering, name).build();
      refused(meta(with(graph(), replaced)), "function f", "the attribute " + steering);
      FunctionDef.ArgAttrs argument =
          FunctionDef.ArgAttrs.newBuilder().putAttr(steering, name).build();
      FunctionDef taking = f.toBuilder().putArgAttr(0, argument).build();
      refused(meta(with(graph(), taking)), "function f", "the attribute " + steering);
    }
    String remedy = "remedy: export the network from functions without jit_compile=True";
    AttrValue yes = AttrValue.newBuilder().setB(true).build();
    FunctionDef compiled = f.toBuilder().putAttr("_XlaMustCompile", yes).build();
    refused(meta(with(graph(), compiled)), "function f", remedy);
    NodeDef call = call("y", "f", "x").toBuilder().putAttr("_XlaMustCompile", yes).build();
    refused(meta(with(graph(call), f), "y"), "node y", remedy);
    for (String note :
        List.of("_input_shapes", "_construction_context", "backward_function_name")) {
      served(meta(with(graph(), f.toBuilder().putAttr(note, name).build())));
    }
    NameAttrList.Builder called = NameAttrList.newBuilder().setName("f");
    called.putAttr("_executor", name);
    NodeDef within =
        call("y", "f", "x").toBuilder()
            .putAttr("f", AttrValue.newBuilder().setFunc(called).build())
            .build();
    refused(meta(with(graph(within), f), "y"), "the attribute _executor");
  }

  private static NodeDef with(NodeDef node, ConfigProto config) {
    return node.toBuilder()
        .putAttr("config_proto", AttrValue.newBuilder().setS(config.toByteString()).build())
        .build();
  }

  /** Those that Python's TensorFlow made, and the bundled ones. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "src/test/resources/io/github/fdistill/savedmodel/keras_unet/1",
        "src/test/resources/io/github/fdistill/savedmodel/nested/1",
        "src/test/resources/io/github/fdistill/savedmodel/tensorflow1/1",
        "src/test/resources/io/github/fdistill/evaluation/features-network",
        "savedmodels/fashion-mnist-teacher/1",
        "savedmodels/fashion-mnist-features/1"
      })
  void modelsThatAreInUseAreServed(String folder) {
    ServedGraph.require(Path.of(folder));
  }
}
