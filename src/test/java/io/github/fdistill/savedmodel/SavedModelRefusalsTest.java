package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters.Parameter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;

/** What is damaged or does not fit is refused in words, before any of it runs. */
class SavedModelRefusalsTest {
  @TempDir Path parent;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = parent.resolve("toy");
    Toy.write(model);
  }

  private static void assertRefused(Runnable action, String... parts) {
    String message = assertThrows(InputException.class, action::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  private void assertReadRefused(String... parts) {
    assertRefused(() -> SavedModel.read(model), parts);
  }

  private void assertValuesRefused(String... parts) {
    SavedModel read = SavedModel.read(model);
    assertRefused(() -> read.weights(read.function("run").parameters()), parts);
  }

  @Test
  void aMissingFolderNamesThoseBesideIt() {
    assertRefused(
        () -> SavedModel.read(parent.resolve("toi")), "toi", "no such folder", "there are [toy]");
  }

  @Test
  void aFileIsNoModel() {
    assertRefused(
        () -> SavedModel.read(model.resolve("saved_model.pb")), "a file", "a SavedModel folder");
  }

  @Test
  void aFolderWithoutSavedModelPb() throws IOException {
    Files.delete(model.resolve("saved_model.pb"));
    assertReadRefused(model.toString(), "the variables of a SavedModel without its graph");
  }

  @Test
  void aSavedModelPbOfGarbage() throws IOException {
    Files.writeString(model.resolve("saved_model.pb"), "This is no protobuf at all.\n");
    assertReadRefused("saved_model.pb", "cannot be read as a SavedModel");
  }

  /** Wherever a copy broke off; the empty file too. */
  @Test
  void aTruncatedSavedModelPb() throws IOException {
    Path file = model.resolve("saved_model.pb");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 1 + whole.length / 20) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertReadRefused("saved_model.pb", "export");
    }
  }

  @Test
  void aGraphWithoutTheTagServe() throws IOException {
    rewrite(m -> m.getMetaInfoDefBuilder().clearTags().addTags("train"));
    assertReadRefused("no graph with the tag 'serve'", "[train]");
  }

  @Test
  void aSignatureThatIsNotThere() throws IOException {
    assertRefused(() -> SavedModel.read(model).function("denoise"), "'denoise'; it has [run]");
    rewrite(m -> m.putSignatureDef("features", m.getSignatureDefOrThrow("run")));
    assertRefused(() -> SavedModel.read(model).function("denoise"), "this one gives features");
  }

  @Test
  void aSignatureWhoseTensorIsNotInTheGraph() throws IOException {
    rewrite(
        m -> {
          var signature = m.getSignatureDefOrThrow("run").toBuilder();
          var y = signature.getOutputsOrThrow("y").toBuilder().setName("lost:0").build();
          m.putSignatureDef("run", signature.putOutputs("y", y).build());
        });
    assertRefused(() -> SavedModel.read(model).function("run"), "lost");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInputThatIsNoDenseTensor(boolean sparse) throws IOException {
    TensorInfo.Builder info = TensorInfo.newBuilder().setDtype(DataType.DT_FLOAT);
    if (sparse) {
      info.getCooSparseBuilder().setValuesTensorName("y:0");
    } else {
      info.getCompositeTensorBuilder().addComponents(TensorInfo.newBuilder().setName("y:0"));
    }
    rewrite(
        m -> {
          var signature = m.getSignatureDefOrThrow("run").toBuilder();
          m.putSignatureDef("run", signature.putInputs("words", info.build()).build());
        });
    assertRefused(
        () -> SavedModel.read(model).function("run"), "'words' is no dense tensor", "ragged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PartitionedCall", "StatelessWhile", "StatelessCase", "Switch", "Exit"})
  void aFunctionCallOrControlFlowInTheSignature(String op) throws IOException {
    rewrite(
        m -> {
          GraphDef.Builder graph = m.getGraphDefBuilder();
          for (NodeDef.Builder node : graph.getNodeBuilderList()) {
            if (node.getOp().equals("Conv2D")) {
              node.setOp(op);
            }
          }
        });
    assertRefused(
        () -> SavedModel.read(model).function("run"), "InitialConv", "(" + op + ")", "flat");
  }

  /** Within each other by the thousand, as a file that is to overflow the stack has them. */
  @Test
  void messagesTooDeepWithinEachOther() throws IOException {
    rewrite(
        m -> {
          NameAttrList.Builder function = NameAttrList.newBuilder();
          for (int i = 0; i < 200; i++) {
            AttrValue inner = AttrValue.newBuilder().setFunc(function).build();
            function = NameAttrList.newBuilder().putAttr("f", inner);
          }
          AttrValue deep = AttrValue.newBuilder().setFunc(function).build();
          m.getGraphDefBuilder().addNodeBuilder().setName("n").setOp("NoOp").putAttr("f", deep);
        });
    assertReadRefused("saved_model.pb", "at most 100 messages within each other");
  }

  @Test
  void aFileLargerThanAGraphCanBe() throws IOException {
    try (var file = new RandomAccessFile(model.resolve("saved_model.pb").toFile(), "rw")) {
      file.setLength(SavedModelFile.MOST_BYTES + 1); // Holes, which take no room on the disk.
    }
    assertReadRefused("saved_model.pb", "1073741825 bytes", "at most 1024 MiB", "variables");
    int many = (int) (Runtime.getRuntime().maxMemory() >> 9); // Empty messages, of two bytes each.
    Files.writeString(model.resolve("saved_model.pb"), "\u0012\0".repeat(many));
    assertReadRefused("saved_model.pb", "of memory are needed", "FDISTILL_JAVA_FLAGS=-Xmx");
  }

  @Test
  void filesThatAreLinksOutOfTheFolder() throws IOException {
    for (String name :
        List.of(
            "saved_model.pb",
            "variables/variables.index",
            "variables/variables.data-00000-of-00001")) {
      Path file = model.resolve(name);
      Path outside = Files.move(file, parent.resolve("elsewhere"));
      Files.createSymbolicLink(file, outside);
      assertRefused(
          () -> {
            SavedModel read = SavedModel.read(model);
            read.weights(read.function("run").parameters());
          },
          name,
          "a link out of the SavedModel's folder",
          "cp -rL");
      Files.delete(file);
      Files.move(outside, file);
    }
    Path inside = Files.move(model.resolve("saved_model.pb"), model.resolve("graph"));
    Files.createSymbolicLink(model.resolve("saved_model.pb"), inside);
    SavedModel.read(model);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../secret", "/etc/passwd", "a/../../b"})
  void anAssetOutsideTheFolder(String path) throws IOException {
    rewrite(m -> m.addAssetFileDefBuilder().setFilename(path));
    assertReadRefused("saved_model.pb", path, "outside the SavedModel's folder");
  }

  /** Behind the output, where TensorFlow would run it with the network. */
  @ParameterizedTest
  @ValueSource(strings = {"ReadFile", "PrintV2", "NoSuchOp"})
  void anOpThatANetworkMustNotHave(String op) throws IOException {
    rewrite(
        m -> {
          GraphDef.Builder graph = m.getGraphDefBuilder();
          graph.addNode(Toy.text("name", "/etc/passwd"));
          graph.addNodeBuilder().setName("evil").setOp(op).addInput("name");
          for (NodeDef.Builder node : graph.getNodeBuilderList()) {
            if (node.getOp().equals("Conv2D")) {
              node.addInput("^evil");
            }
          }
        });
    assertRefused(() -> SavedModel.read(model).function("run"), "node", op);
  }

  @Test
  void aNodeWithoutAnAttributeOrAnInput() throws IOException {
    rewrite(m -> convolution(m).removeAttr("strides"));
    assertRefused(() -> SavedModel.read(model).function("run"), "InitialConv", "strides");
    Toy.write(model);
    rewrite(m -> convolution(m).removeAttr("strides").clearInput());
    assertRefused(() -> SavedModel.read(model).function("run"), "InitialConv", "strides");
    Toy.write(model);
    rewrite(m -> convolution(m).clearInput());
    assertRefused(() -> SavedModel.read(model).function("run"), "InitialConv", "0 inputs", "2");
    Toy.write(model);
    rewrite(m -> convolution(m).setInput(0, "lost"));
    assertRefused(() -> SavedModel.read(model).function("run"), "InitialConv", "'lost'");
  }

  private static NodeDef.Builder convolution(MetaGraphDef.Builder metaGraph) {
    return metaGraph.getGraphDefBuilder().getNodeBuilderList().stream()
        .filter(node -> node.getOp().equals("Conv2D"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aConstantThatWouldFillTheMemory() throws IOException {
    rewrite(
        m -> {
          NodeDef.Builder bomb = m.getGraphDefBuilder().addNodeBuilder().setName("bomb");
          TensorProto.Builder value = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
          value.addFloatVal(1).getTensorShapeBuilder().addDimBuilder().setSize(1L << 40);
          bomb.setOp("Const")
              .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_FLOAT).build())
              .putAttr("value", AttrValue.newBuilder().setTensor(value).build());
          convolution(m).addInput("^bomb");
        });
    assertRefused(
        () -> SavedModel.read(model).function("run"), "node bomb", "1099511627776", "2048 MiB");
  }

  /** In the graph and in the checkpoint alike: run as it is, it kills the JVM. */
  @Test
  void aBiasThatDoesNotFitTheConvolution() throws IOException {
    rewrite(
        m -> {
          for (NodeDef.Builder node : m.getGraphDefBuilder().getNodeBuilderList()) {
            if (node.getOp().equals("VarHandleOp") && node.getName().endsWith("bias")) {
              AttrValue.Builder shape = AttrValue.newBuilder();
              shape.getShapeBuilder().addDimBuilder().setSize(2);
              node.putAttr("shape", shape.build());
            }
          }
        });
    Map<String, Bundles.Entry> entries = entries();
    entries.put(PythonObjects.key("net/bias"), new Bundles.Entry(Shape.of(2), new float[2]));
    Bundles.write(model.resolve("variables").resolve("variables"), entries);
    assertRefused(
        () -> SavedModel.read(model).function("run"), "signature run", "BiasAdd", "3 and 2");
  }

  @Test
  void callsThatTakeTheirOwnOutput() throws IOException {
    rewrite(
        m -> {
          var library = m.getGraphDefBuilder().getLibraryBuilder().addFunctionBuilder();
          library.getSignatureBuilder().setName("f").addInputArgBuilder().setName("v");
          library.getSignatureBuilder().getInputArgBuilder(0).setType(DataType.DT_FLOAT);
          library.getSignatureBuilder().addOutputArgBuilder().setName("out");
          library.getSignatureBuilder().getOutputArgBuilder(0).setType(DataType.DT_FLOAT);
          library.putRet("out", "v");
          m.getGraphDefBuilder().addNodeBuilder().setName("a").setOp("f").addInput("a");
          convolution(m).setInput(0, "a");
        });
    assertReadRefused("saved_model.pb", "takes its own output");
  }

  /** Whatever a damaged byte says: the model is read, or refused in words. */
  @Test
  void anyDamagedByteIsReadOrRefused() throws IOException {
    Random random = new Random(4);
    for (String name : List.of("saved_model.pb", "variables/variables.index")) {
      byte[] whole = Files.readAllBytes(model.resolve(name));
      for (int i = 0; i < 60; i++) {
        byte[] damaged = whole.clone();
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        Files.write(model.resolve(name), damaged);
        try {
          SavedModel read = SavedModel.read(model);
          read.weights(read.function("run").parameters());
        } catch (InputException e) {
          assertTrue(e.getMessage().contains(model.toString()), e.getMessage());
        }
      }
      Files.write(model.resolve(name), whole);
    }
  }

  @Test
  void aMissingVariablesFolder() throws IOException {
    try (var files = Files.list(model.resolve("variables"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(model.resolve("variables"));
    assertValuesRefused("variables.index", "no such file", "variables/ included");
  }

  @Test
  void aTruncatedDataFile() throws IOException {
    Path data = model.resolve("variables").resolve("variables.data-00000-of-00001");
    byte[] whole = Files.readAllBytes(data);
    for (int length : new int[] {0, 100, whole.length - 1}) {
      Files.write(data, Arrays.copyOf(whole, length));
      assertValuesRefused("variables cannot be read", "a whole checkpoint");
    }
    Files.delete(data);
    assertValuesRefused("variables cannot be read");
  }

  @Test
  void aFlippedBitInTheDataFile() throws IOException {
    Path data = model.resolve("variables").resolve("variables.data-00000-of-00001");
    byte[] bytes = Files.readAllBytes(data);
    bytes[bytes.length / 2] ^= 1;
    Files.write(data, bytes);
    assertValuesRefused("variables cannot be read");
  }

  @Test
  void aTruncatedIndex() throws IOException {
    Path index = model.resolve("variables").resolve("variables.index");
    Files.write(index, Arrays.copyOf(Files.readAllBytes(index), 40));
    assertValuesRefused("variables cannot be read");
  }

  @Test
  void aVariableThatTheCheckpointLacks() throws IOException {
    Map<String, Bundles.Entry> entries = entries();
    entries.remove(PythonObjects.key("net/bias"));
    Bundles.write(model.resolve("variables").resolve("variables"), entries);
    assertValuesRefused("variables cannot be read", "net/bias");
  }

  /** Run as it is, a bias of the wrong size kills the JVM. */
  @Test
  void aSavedValueOfAnotherShape() throws IOException {
    Map<String, Bundles.Entry> entries = entries();
    entries.put(PythonObjects.key("net/bias"), new Bundles.Entry(Shape.of(2), new float[2]));
    Bundles.write(model.resolve("variables").resolve("variables"), entries);
    assertValuesRefused("net/bias", "its saved value has shape [2]", "shape [3]");
  }

  private static Map<String, Bundles.Entry> entries() {
    Map<String, float[]> parts = WeightArrays.split(Toy.PARAMETERS, Toy.weights(1));
    Map<String, Bundles.Entry> entries = new LinkedHashMap<>();
    for (Parameter p : Toy.PARAMETERS.list()) {
      entries.put(PythonObjects.key(p.name()), new Bundles.Entry(p.shape(), parts.get(p.name())));
    }
    return entries;
  }

  private interface Change {
    void apply(MetaGraphDef.Builder metaGraph);
  }

  private void rewrite(Change change) throws IOException {
    Path file = model.resolve("saved_model.pb");
    var saved = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.apply(saved.getMetaGraphsBuilder(0));
    Files.write(file, saved.build().toByteArray());
  }
}
