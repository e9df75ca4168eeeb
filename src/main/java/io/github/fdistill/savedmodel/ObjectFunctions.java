package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.SavedKey;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.Struct.StructuredValue;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * The functions of a TensorFlow 2 model's objects, which a SavedModel holds beside its signatures:
 * named by their path, {@code denoise} or {@code unet/call}. Each can be called like a signature.
 */
final class ObjectFunctions {
  private static final String KEY = "/.ATTRIBUTES/VARIABLE_VALUE";

  /** A longer path is nobody's: those of all objects together would take more than there is. */
  private static final int MOST_LETTERS = 1000;

  /** Functions that are named where another is asked for. */
  private static final int MOST_NAMED = 100;

  private final MetaGraphDef metaGraph;
  private final Path folder;
  private final Map<Integer, Place> places = new LinkedHashMap<>();
  private final Map<String, String> nodeOfKey = new HashMap<>();

  /**
   * Where an object is.
   *
   * @param parent the object that holds it, by number; of the first object -1
   * @param name there, as checkpoints write it
   */
  private record Place(int parent, String name) {}

  /**
   * @param keys from a variable's node to its key in the checkpoint
   */
  ObjectFunctions(MetaGraphDef metaGraph, Map<String, SavedKey> keys, Path folder) {
    this.metaGraph = metaGraph;
    this.folder = folder;
    keys.forEach((node, key) -> nodeOfKey.put(key.name(), node));
    walk();
  }

  private SavedObjectGraph objects() {
    return metaGraph.getObjectGraphDef();
  }

  /** The place of every object: that of the shortest path, as checkpoints name it. */
  private void walk() {
    Deque<Integer> open = new ArrayDeque<>();
    if (objects().getNodesCount() > 0) {
      open.add(0);
      places.put(0, new Place(-1, ""));
    }
    while (!open.isEmpty()) {
      int node = open.remove();
      for (var child : objects().getNodes(node).getChildrenList()) {
        int id = child.getNodeId();
        if (id >= 0 && id < objects().getNodesCount() && !places.containsKey(id)) {
          String name = child.getLocalName().replace(".", "..").replace("/", ".S");
          places.put(id, new Place(node, name));
          open.add(id);
        }
      }
    }
  }

  /** The path of an object; nothing where there is no such object, or its path is longer. */
  private Optional<String> path(int id, int mostLetters) {
    Deque<String> names = new ArrayDeque<>();
    int letters = -1;
    for (Place at = places.get(id); at != null && at.parent() >= 0; at = places.get(at.parent())) {
      names.addFirst(at.name());
      letters += 1 + at.name().length();
      if (letters > mostLetters) {
        return Optional.empty();
      }
    }
    return places.containsKey(id) ? Optional.of(String.join("/", names)) : Optional.empty();
  }

  /** The objects that are functions, each by its number. */
  private Stream<Integer> functions() {
    return places.keySet().stream()
        .filter(id -> objects().getNodes(id).getFunction().getConcreteFunctionsCount() > 0);
  }

  /**
   * The model with a signature that calls a function. Its inputs go by the names of the function's
   * arguments; the parts of one argument (a tuple, a dictionary) by those that TensorFlow gave
   * them, such as {@code x, x_1}. Its outputs go by their keys where the function gives a
   * dictionary, else by {@code output_0, output_1, ...}.
   *
   * @param path the function's, or the name of one of its traces
   * @throws InputException when there is no such function, there are several traces of it, or it
   *     needs what is no variable
   */
  MetaGraphDef withSignature(String path) {
    String trace = trace(path);
    FunctionDef function =
        metaGraph.getGraphDef().getLibrary().getFunctionList().stream()
            .filter(f -> f.getSignature().getName().equals(trace))
            .findFirst()
            .orElseThrow(() -> refused(path, "its body " + trace + " is missing", "a whole model"));
    SavedConcreteFunction concrete = objects().getConcreteFunctionsMap().get(trace);
    if (concrete == null) {
      throw refused(path, "its trace " + trace + " is missing", "a whole model");
    }
    OpDef op = function.getSignature();
    int given = op.getInputArgCount() - concrete.getBoundInputsCount();
    if (given < 0) {
      throw refused(path, "fewer arguments than it is bound to", "a whole model");
    }

    MetaGraphDef.Builder result = metaGraph.toBuilder();
    SignatureDef.Builder signature =
        SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
    String name = free("function_" + trace);
    NodeDef.Builder call = NodeDef.newBuilder().setName(name).setOp("StatefulPartitionedCall");
    AttrValue.ListValue.Builder in = AttrValue.ListValue.newBuilder();
    List<String> arguments = arguments(function, given);
    for (int i = 0; i < op.getInputArgCount(); i++) {
      in.addType(op.getInputArg(i).getType());
      if (i < given) {
        NodeDef input = input(name + "/" + i, op.getInputArg(i), attributes(function, i));
        result.getGraphDefBuilder().addNode(input);
        signature.putInputs(arguments.get(i), info(input));
        call.addInput(input.getName());
      } else {
        call.addInput(variable(path, concrete.getBoundInputs(i - given)));
      }
    }
    AttrValue.ListValue.Builder out = AttrValue.ListValue.newBuilder();
    List<String> names = outputNames(concrete.getOutputSignature(), op.getOutputArgCount());
    for (int i = 0; i < op.getOutputArgCount(); i++) {
      out.addType(op.getOutputArg(i).getType());
      signature.putOutputs(names.get(i), output(name + ":" + i, op.getOutputArg(i)));
    }
    call.putAttr("Tin", AttrValue.newBuilder().setList(in).build());
    call.putAttr("Tout", AttrValue.newBuilder().setList(out).build());
    NameAttrList body = NameAttrList.newBuilder().setName(trace).build();
    call.putAttr("f", AttrValue.newBuilder().setFunc(body).build());
    result.getGraphDefBuilder().addNode(call);
    return result.putSignatureDef(signatureOf(path), signature.build()).build();
  }

  /** The name of a function's signature. */
  static String signatureOf(String path) {
    return "function " + path;
  }

  private String trace(String path) {
    if (objects().containsConcreteFunctions(path)) {
      return path;
    }
    List<String> of =
        functions()
            .filter(id -> path(id, path.length()).equals(Optional.of(path)))
            .findFirst()
            .map(id -> List.copyOf(objects().getNodes(id).getFunction().getConcreteFunctionsList()))
            .orElse(List.of());
    if (of.size() == 1) {
      return of.get(0);
    }
    throw of.isEmpty()
        ? refused(path, "no such function", "one of " + named())
        : refused(path, "a function that was traced " + of.size() + " times", "one of " + of);
  }

  private List<String> named() {
    return functions()
        .flatMap(id -> path(id, MOST_LETTERS).stream())
        .limit(MOST_NAMED)
        .sorted()
        .toList();
  }

  private static Map<String, AttrValue> attributes(FunctionDef function, int argument) {
    return function
        .getArgAttrOrDefault(argument, FunctionDef.ArgAttrs.getDefaultInstance())
        .getAttrMap();
  }

  /** A name for each of the arguments that are given; those of TensorFlow's own differ. */
  private static List<String> arguments(FunctionDef function, int given) {
    List<String> own =
        function.getSignature().getInputArgList().stream()
            .limit(given)
            .map(OpDef.ArgDef::getName)
            .toList();
    List<String> said = new ArrayList<>();
    for (int i = 0; i < given; i++) {
      AttrValue name = attributes(function, i).get("_user_specified_name");
      said.add(name == null ? own.get(i) : name.getS().toStringUtf8());
    }
    Map<String, Integer> times = new HashMap<>();
    said.forEach(name -> times.merge(name, 1, Integer::sum));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < given; i++) {
      names.add(times.get(said.get(i)) == 1 ? said.get(i) : own.get(i));
    }
    return new HashSet<>(names).size() == given ? names : own;
  }

  private static NodeDef input(
      String name, OpDef.ArgDef argument, Map<String, AttrValue> attributes) {
    AttrValue shapes = attributes.get("_output_shapes");
    TensorShapeProto shape =
        shapes == null || shapes.getList().getShapeCount() == 0
            ? TensorShapeProto.newBuilder().setUnknownRank(true).build()
            : shapes.getList().getShape(0);
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Placeholder")
        .putAttr("dtype", AttrValue.newBuilder().setType(argument.getType()).build())
        .putAttr("shape", AttrValue.newBuilder().setShape(shape).build())
        .build();
  }

  private static TensorInfo info(NodeDef placeholder) {
    return TensorInfo.newBuilder()
        .setName(placeholder.getName() + ":0")
        .setDtype(placeholder.getAttrOrThrow("dtype").getType())
        .setTensorShape(placeholder.getAttrOrThrow("shape").getShape())
        .build();
  }

  private static TensorInfo output(String tensor, OpDef.ArgDef argument) {
    return TensorInfo.newBuilder()
        .setName(tensor)
        .setDtype(argument.getType())
        .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
        .build();
  }

  /** The node of a variable that the function is bound to. */
  private String variable(String path, int id) {
    String of = path(id, MOST_LETTERS).orElse("" + id);
    boolean known = 0 <= id && id < objects().getNodesCount();
    String name = known ? objects().getNodes(id).getVariable().getName() : "";
    // Ours stand under their names; Python's under their paths.
    String node = nodeOfKey.getOrDefault(of + KEY, nodeOfKey.get(name + KEY));
    if (node == null) {
      throw refused(
          path,
          "it is bound to " + of + ", which is no variable of the checkpoint",
          "a function of its arguments and of variables");
    }
    return node;
  }

  private static List<String> outputNames(StructuredValue structure, int count) {
    List<String> names = new ArrayList<>();
    if (structure.hasDictValue() && structure.getDictValue().getFieldsCount() == count) {
      names.addAll(new TreeMap<>(structure.getDictValue().getFieldsMap()).keySet());
    } else {
      for (int i = 0; i < count; i++) {
        names.add("output_" + i);
      }
    }
    return names;
  }

  private String free(String name) {
    boolean taken =
        metaGraph.getGraphDef().getNodeList().stream()
            .anyMatch(n -> n.getName().equals(name) || n.getName().startsWith(name + "/"));
    return taken ? free(name + "_") : name;
  }

  private InputException refused(String path, String found, String needed) {
    return new InputException(
        folder + ", function '" + path + "'", found, needed, "name another function or signature");
  }
}
