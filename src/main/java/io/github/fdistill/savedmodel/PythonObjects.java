package io.github.fdistill.savedmodel;

import io.github.fdistill.graph.LibraryFunction;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedBareConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedUserObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.Struct.StructuredValue;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject;
import org.tensorflow.proto.VersionDef;

/**
 * The objects that Python's {@code tf.saved_model.load} makes of a SavedModel (TensorFlow 2): the
 * lists {@code variables} and {@code trainable_variables}; {@code signatures}; and each signature
 * once more under its name as a function of one dictionary, with gradients, as Keras' TFSMLayer
 * calls it. What has no object graph is read as TensorFlow 1 did, without any variable.
 *
 * <p>The signatures are functions of the graph's library here; the graph that servers run stays as
 * it is.
 */
final class PythonObjects {
  /** The key of the checkpoint under which Python looks for the objects of the variables. */
  static final String KEY = "_CHECKPOINTABLE_OBJECT_GRAPH";

  /** What a variable's key ends in: newer versions of TensorFlow find no other. */
  private static final String VALUE = "VARIABLE_VALUE";

  private static final String SERVING_DEFAULT = "serving_default";
  private static final VersionDef FIRST =
      VersionDef.newBuilder().setProducer(1).setMinConsumer(1).build();

  private final GraphDef graph;
  private final List<SavedObject.Builder> objects = new ArrayList<>();
  private final Map<String, Integer> variables = new LinkedHashMap<>();
  private final Map<String, SavedConcreteFunction> concrete = new LinkedHashMap<>();
  private final FunctionDefLibrary.Builder library = FunctionDefLibrary.newBuilder();

  /**
   * @param graph with the variables' nodes, whose names are the parameters'
   * @param parameters the values of the variables
   * @param untrained names of those that are not among the trainable ones
   */
  PythonObjects(
      GraphDef graph,
      Map<String, SignatureDef> signatures,
      List<Parameter> parameters,
      Set<String> untrained) {
    this.graph = graph;
    add(userObject("_generic_user_object"));
    for (Parameter parameter : parameters) {
      boolean trained = !untrained.contains(parameter.name());
      variables.put(parameter.name(), add(variable(parameter, trained)));
    }
    addList("variables", parameters.stream().map(Parameter::name).toList());
    addList(
        "trainable_variables",
        parameters.stream()
            .map(Parameter::name)
            .filter(name -> !untrained.contains(name))
            .toList());
    int map = add(userObject("signature_map"));
    child(0, map, "signatures");
    new TreeMap<>(signatures)
        .forEach(
            (name, signature) -> {
              child(map, addSignature(name, signature), name);
              int function = addFunction(name, signature);
              child(0, function, name);
              if (name.equals(SERVING_DEFAULT)) {
                child(0, function, "serve");
                child(0, function, "__call__");
              }
            });
  }

  /** Under which a variable stands in the checkpoint. */
  static String key(String variable) {
    return variable + "/.ATTRIBUTES/" + VALUE;
  }

  private int add(SavedObject.Builder object) {
    objects.add(object);
    return objects.size() - 1;
  }

  private void child(int of, int id, String name) {
    objects.get(of).addChildrenBuilder().setNodeId(id).setLocalName(name);
  }

  private static SavedObject.Builder userObject(String kind) {
    return SavedObject.newBuilder()
        .setUserObject(SavedUserObject.newBuilder().setIdentifier(kind).setVersion(FIRST));
  }

  private static SavedObject.Builder variable(Parameter parameter, boolean trained) {
    SavedVariable.Builder variable =
        SavedVariable.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTrainable(trained)
            .setName(parameter.name());
    for (long size : parameter.shape().asArray()) {
      variable.getShapeBuilder().addDimBuilder().setSize(size);
    }
    return SavedObject.newBuilder().setVariable(variable);
  }

  private void addList(String name, List<String> names) {
    int list = add(userObject("trackable_list_wrapper"));
    child(0, list, name);
    for (int i = 0; i < names.size(); i++) {
      child(list, variables.get(names.get(i)), Integer.toString(i));
    }
  }

  /** A signature: a function whose arguments are called by their names. */
  private int addSignature(String name, SignatureDef signature) {
    SortedMap<String, TensorInfo> inputs = new TreeMap<>(signature.getInputsMap());
    SortedMap<String, TensorInfo> outputs = new TreeMap<>(signature.getOutputsMap());
    List<String> given = new ArrayList<>();
    inputs.values().forEach(input -> given.add(NetworkFunction.nodeOf(input.getName())));
    List<String> bound = bound(outputs.values().stream().map(TensorInfo::getName).toList());
    given.addAll(bound);
    library.addFunction(
        LibraryFunction.of(body(name), graph, given, List.copyOf(outputs.values())));
    StructuredValue call = Structures.call(List.of(), Structures.tensors(inputs));
    concrete.put(body(name), concrete(call, outputs, bound));
    return add(
        SavedObject.newBuilder()
            .setBareConcreteFunction(
                SavedBareConcreteFunction.newBuilder()
                    .setConcreteFunctionName(body(name))
                    .addAllArgumentKeywords(inputs.keySet())));
  }

  /** The same as a function of a dictionary, which calls that of the signature. */
  private int addFunction(String name, SignatureDef signature) {
    SortedMap<String, TensorInfo> inputs = new TreeMap<>(signature.getInputsMap());
    SortedMap<String, TensorInfo> outputs = new TreeMap<>(signature.getOutputsMap());
    FunctionDef body = library.getFunction(library.getFunctionCount() - 1);
    String caller = "dictionary_" + body(name);
    library.addFunction(calling(caller, body));
    StructuredValue dictionary = Structures.tensors(inputs);
    StructuredValue call = Structures.call(List.of(dictionary), Structures.tensors(Map.of()));
    List<String> bound = bound(outputs.values().stream().map(TensorInfo::getName).toList());
    concrete.put(caller, concrete(call, outputs, bound));
    return add(
        SavedObject.newBuilder()
            .setFunction(
                SavedFunction.newBuilder()
                    .addConcreteFunctions(caller)
                    .setFunctionSpec(Structures.specification(dictionary))));
  }

  private static String body(String signature) {
    return "signature_" + signature.replaceAll("[^A-Za-z0-9_]", "_");
  }

  /** The variables that tensors need, in their order. */
  private List<String> bound(List<String> tensors) {
    Set<String> needed = new HashSet<>();
    NetworkFunction.needed(graph, tensors).getNodeList().forEach(n -> needed.add(n.getName()));
    return variables.keySet().stream().filter(needed::contains).toList();
  }

  private SavedConcreteFunction concrete(
      StructuredValue call, Map<String, TensorInfo> outputs, List<String> bound) {
    return SavedConcreteFunction.newBuilder()
        .addAllBoundInputs(bound.stream().map(variables::get).toList())
        .setCanonicalizedInputSignature(call)
        .setOutputSignature(Structures.tensors(outputs))
        .build();
  }

  /** A function of the same arguments that calls another and does nothing else. */
  private static FunctionDef calling(String name, FunctionDef body) {
    NodeDef.Builder call = NodeDef.newBuilder().setName("call").setOp("StatefulPartitionedCall");
    AttrValue.ListValue.Builder in = AttrValue.ListValue.newBuilder();
    AttrValue.ListValue.Builder out = AttrValue.ListValue.newBuilder();
    for (OpDef.ArgDef argument : body.getSignature().getInputArgList()) {
      call.addInput(argument.getName());
      in.addType(argument.getType());
    }
    FunctionDef.Builder function = body.toBuilder().clearNodeDef().clearRet();
    for (int i = 0; i < body.getSignature().getOutputArgCount(); i++) {
      OpDef.ArgDef output = body.getSignature().getOutputArg(i);
      out.addType(output.getType());
      function.putRet(output.getName(), "call:output:" + i);
    }
    call.putAttr("Tin", AttrValue.newBuilder().setList(in).build());
    call.putAttr("Tout", AttrValue.newBuilder().setList(out).build());
    AttrValue.Builder called = AttrValue.newBuilder();
    called.getFuncBuilder().setName(body.getSignature().getName());
    call.putAttr("f", called.build());
    function.getSignatureBuilder().setName(name);
    return function.addNodeDef(call).build();
  }

  /** The functions, for the graph. */
  FunctionDefLibrary library() {
    return library.build();
  }

  /** The objects, for the SavedModel. */
  SavedObjectGraph saved() {
    SavedObjectGraph.Builder saved = SavedObjectGraph.newBuilder();
    objects.forEach(saved::addNodes);
    return saved.putAllConcreteFunctions(concrete).build();
  }

  /** The same objects, for the checkpoint: under which key each variable stands there. */
  TrackableObjectGraph tracked() {
    TrackableObjectGraph.Builder tracked = TrackableObjectGraph.newBuilder();
    for (SavedObject.Builder object : objects) {
      TrackableObject.Builder node = tracked.addNodesBuilder();
      node.addAllChildren(object.getChildrenList());
      if (object.hasVariable()) {
        node.addAttributesBuilder()
            .setName(VALUE)
            .setFullName(object.getVariable().getName())
            .setCheckpointKey(key(object.getVariable().getName()));
      }
    }
    return tracked.build();
  }
}
