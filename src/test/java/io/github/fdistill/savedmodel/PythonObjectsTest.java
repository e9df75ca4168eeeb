package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.proto.VariableDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * What Python's TensorFlow is told of a SavedModel that we write. That it takes it is seen by hand
 * (docs/tools.md); here are the laws that it holds us to.
 */
class PythonObjectsTest {
  private static final Set<String> NAMES = Set.copyOf(Toy.PARAMETERS.names());

  @TempDir Path folder;
  private MetaGraphDef meta;
  private List<SavedObject> objects;

  @BeforeEach
  void write() throws IOException {
    Toy.write(folder);
    meta = SavedModelFile.serveGraph(folder);
    objects = meta.getObjectGraphDef().getNodesList();
  }

  private static Map<String, Integer> children(SavedObject object) {
    Map<String, Integer> children = new LinkedHashMap<>();
    object.getChildrenList().forEach(c -> children.put(c.getLocalName(), c.getNodeId()));
    return children;
  }

  private List<String> listed(String list) {
    SavedObject object = objects.get(children(objects.get(0)).get(list));
    assertEquals("trackable_list_wrapper", object.getUserObject().getIdentifier());
    return object.getChildrenList().stream()
        .map(child -> objects.get(child.getNodeId()).getVariable().getName())
        .toList();
  }

  @Test
  void everyVariableIsListed() {
    assertEquals(Toy.PARAMETERS.names(), listed("variables"));
    assertEquals(Toy.PARAMETERS.names(), listed("trainable_variables"));
  }

  @Test
  void theCollectionsNameNodesOfTheGraph() throws IOException {
    Set<String> nodes = new HashSet<>();
    meta.getGraphDef().getNodeList().forEach(node -> nodes.add(node.getName()));
    for (String collection : List.of("variables", "trainable_variables")) {
      Set<String> found = new HashSet<>();
      for (ByteString entry :
          meta.getCollectionDefOrThrow(collection).getBytesList().getValueList()) {
        VariableDef variable = VariableDef.parseFrom(entry);
        found.add(NetworkFunction.nodeOf(variable.getVariableName()));
        assertTrue(variable.getTrainable() && variable.getIsResource());
        assertTrue(nodes.contains(NetworkFunction.nodeOf(variable.getSnapshotName())));
        assertTrue(nodes.contains(variable.getInitializerName()));
      }
      assertEquals(NAMES, found, collection);
    }
  }

  @Test
  void theCheckpointHasTheSameObjectsAndTheirValues() throws IOException {
    Path prefix = folder.resolve("variables").resolve("variables");
    TrackableObjectGraph tracked = TrackableObjectGraph.parseFrom(text(prefix));
    assertEquals(objects.size(), tracked.getNodesCount());
    CheckpointIndex index = CheckpointIndex.read(folder);
    Set<String> found = new HashSet<>();
    for (int i = 0; i < objects.size(); i++) {
      assertEquals(objects.get(i).getChildrenList(), tracked.getNodes(i).getChildrenList());
      for (var attribute : tracked.getNodes(i).getAttributesList()) {
        found.add(attribute.getFullName());
        String key = attribute.getCheckpointKey();
        assertTrue(key.endsWith("/.ATTRIBUTES/VARIABLE_VALUE"), key);
        Parameter parameter =
            Toy.PARAMETERS.list().stream()
                .filter(p -> p.name().equals(attribute.getFullName()))
                .findFirst()
                .orElseThrow();
        assertEquals(parameter.shape(), index.tensors().get(key).shape());
      }
    }
    assertEquals(NAMES, found);
  }

  /** As TensorFlow's own op reads it. */
  private static byte[] text(Path prefix) {
    try (Graph graph = new Graph();
        Session session = Sessions.open(graph)) {
      Ops tf = NodeNames.ops(graph);
      var restored =
          tf.train.restore(
              tf.constant(prefix.toString()),
              tf.array(PythonObjects.KEY),
              tf.array(""),
              List.of(TString.class));
      try (Result result = session.runner().fetch(restored.tensors().get(0)).run()) {
        return ((TString) result.get(0)).asBytes().getObject();
      }
    }
  }

  /** Both the function that is a signature and the one that takes a dictionary. */
  @Test
  void theFunctionsOfTheLibraryGiveWhatTheSignatureGives() throws IOException {
    var functions = meta.getObjectGraphDef().getConcreteFunctionsMap();
    assertEquals(2 * meta.getSignatureDefCount(), functions.size());
    for (String name : functions.keySet()) {
      String signature = name.substring(name.indexOf("signature_") + "signature_".length());
      Path with = folder.resolve("with-" + name);
      Files.createDirectories(with);
      Files.createSymbolicLink(with.resolve("variables"), folder.resolve("variables"));
      org.tensorflow.proto.SavedModel.Builder model =
          org.tensorflow.proto.SavedModel.newBuilder().setSavedModelSchemaVersion(1);
      model.addMetaGraphs(calling(name, signature));
      Files.write(with.resolve("saved_model.pb"), model.build().toByteArray());
      try (SavedModelBundle bundle = Sessions.load(with);
          TFloat32 x = TensorBundle.tensor(Shape.of(2, 4, 4, 2), Toy.random(1, 64));
          TFloat32 gain = TensorBundle.tensor(Shape.of(2), Toy.random(2, 2))) {
        Map<String, Tensor> inputs = Map.of("x", x, "gain", gain);
        try (Result plain = bundle.function(signature).call(inputs);
            Result called = bundle.function("called").call(inputs)) {
          for (String key : meta.getSignatureDefOrThrow(signature).getOutputsMap().keySet()) {
            assertArrayEquals(
                TensorBundle.floats((TFloat32) plain.get(key).orElseThrow()),
                TensorBundle.floats((TFloat32) called.get(key).orElseThrow()),
                name);
          }
        }
      }
    }
  }

  /** The graph with a signature {@code called} that calls a function of the library. */
  private MetaGraphDef calling(String function, String signature) {
    SignatureDef of = meta.getSignatureDefOrThrow(signature);
    NodeDef.Builder call = NodeDef.newBuilder().setName("called").setOp("StatefulPartitionedCall");
    AttrValue.ListValue.Builder in = AttrValue.ListValue.newBuilder();
    for (TensorInfo input : new TreeMap<>(of.getInputsMap()).values()) {
      call.addInput(input.getName());
      in.addType(input.getDtype());
    }
    for (int id :
        meta.getObjectGraphDef().getConcreteFunctionsOrThrow(function).getBoundInputsList()) {
      call.addInput(objects.get(id).getVariable().getName());
      in.addType(DataType.DT_RESOURCE);
    }
    AttrValue.ListValue.Builder out = AttrValue.ListValue.newBuilder();
    SignatureDef.Builder called = of.toBuilder().clearOutputs();
    List<String> keys = new ArrayList<>(new TreeMap<>(of.getOutputsMap()).keySet());
    for (String key : keys) {
      TensorInfo output = of.getOutputsOrThrow(key);
      out.addType(output.getDtype());
      called.putOutputs(key, output.toBuilder().setName("called:" + keys.indexOf(key)).build());
    }
    AttrValue.Builder body = AttrValue.newBuilder();
    body.getFuncBuilder().setName(function);
    call.putAttr("Tin", AttrValue.newBuilder().setList(in).build());
    call.putAttr("Tout", AttrValue.newBuilder().setList(out).build());
    call.putAttr("f", body.build());
    MetaGraphDef.Builder result = meta.toBuilder().putSignatureDef("called", called.build());
    result.getGraphDefBuilder().addNode(call);
    return result.build();
  }

  /** A mapping may name it, as it names a function of a model that Python made. */
  @Test
  void theFunctionsAreReadBack() {
    SavedModel model = SavedModel.read(folder).withFunction("run");
    NetworkFunction function = model.function(SavedModel.signatureOf("run"));
    assertEquals(NAMES, Set.copyOf(function.parameters().names()));
    assertEquals(Set.of("y", "map"), function.outputs().keySet());
  }

  /** OpenVINO finds the keys of the variables there. */
  @Test
  void stringsAreListedAndNotPacked() {
    int found = 0;
    for (NodeDef node : meta.getGraphDef().getNodeList()) {
      var value = node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
      if (value.getDtype() == DataType.DT_STRING) {
        assertTrue(value.getTensorContent().isEmpty(), node.getName());
        found += value.getStringValCount();
      }
    }
    assertTrue(found >= 2 * NAMES.size(), "keys to save, keys to restore");
  }

  /** What no gradient reaches is listed among all, and not among those that are trained. */
  @Test
  void aVariableThatIsNotTrainedIsSaidToBeNone(@TempDir Path other) throws IOException {
    NetworkFunction all = Toy.function();
    var graph = all.graph().toBuilder().clearNode();
    for (NodeDef node : all.graph().getNodeList()) {
      NodeDef.Builder changed = node.toBuilder().clearInput();
      node.getInputList()
          .forEach(input -> changed.addInput(input.equals("net/bias") ? "stopped" : input));
      graph.addNode(changed);
    }
    AttrValue type = AttrValue.newBuilder().setType(DataType.DT_FLOAT).build();
    graph.addNode(
        NodeDef.newBuilder()
            .setName("stopped")
            .setOp("StopGradient")
            .addInput("net/bias")
            .putAttr("T", type));
    Toy.write(
        other,
        new NetworkFunction(graph.build(), all.inputs(), all.outputs(), all.parameters()),
        Toy.weights(1));
    meta = SavedModelFile.serveGraph(other);
    objects = meta.getObjectGraphDef().getNodesList();
    assertEquals(Toy.PARAMETERS.names(), listed("variables"));
    assertEquals(List.of("net/kernel", "net/head"), listed("trainable_variables"));
    assertEquals(Set.of("net/bias"), SavedModel.read(other).function("run").untrained());
  }
}
