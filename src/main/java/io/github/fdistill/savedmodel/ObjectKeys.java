package io.github.fdistill.savedmodel;

import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.SavedKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedConcreteFunction;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject;

/**
 * Where a checkpoint has the variables of a TensorFlow 2 model, as its objects say it. Python reads
 * variables in that way, so models are right there whose graph restores others: a model of Keras 3
 * that was given to {@code tf.saved_model.save} restores copies of its variables.
 *
 * @param model its objects, and the calls that bind variables of the graph to them
 * @param saved the objects as the checkpoint has them
 */
record ObjectKeys(MetaGraphDef model, TrackableObjectGraph saved) {
  private static final String VALUE = "VARIABLE_VALUE";

  /** What the objects of a model say; nothing where the checkpoint has none. */
  static Map<String, SavedKey> of(MetaGraphDef model, CheckpointIndex index) {
    return SavedObjects.of(index)
        .map(saved -> new ObjectKeys(model, saved).keys())
        .orElse(Map.of());
  }

  /** From the node of a variable to its key; nothing of those that no object is known to be. */
  private Map<String, SavedKey> keys() {
    Map<String, SavedKey> keys = new HashMap<>(byName());
    for (NodeDef call : model.getGraphDef().getNodeList()) {
      String function = call.getAttrMap().containsKey("f") ? called(call) : "";
      SavedConcreteFunction bound =
          model.getObjectGraphDef().getConcreteFunctionsMap().get(function);
      if (bound != null) {
        keys.putAll(boundBy(call, bound.getBoundInputsList()));
      }
    }
    return keys;
  }

  private static String called(NodeDef call) {
    return call.getAttrOrThrow("f").getFunc().getName();
  }

  /** The last inputs of a call are what the function is bound to. */
  private Map<String, SavedKey> boundBy(NodeDef call, List<Integer> objects) {
    List<String> inputs = call.getInputList().stream().filter(i -> !i.startsWith("^")).toList();
    Map<String, SavedKey> keys = new HashMap<>();
    int given = inputs.size() - objects.size();
    for (int i = 0; given >= 0 && i < objects.size(); i++) {
      String key = ofObject(objects.get(i));
      if (!key.isEmpty()) {
        keys.put(NetworkFunction.nodeOf(inputs.get(given + i)), new SavedKey(key, ""));
      }
    }
    return keys;
  }

  /** Objects have the same numbers in both, where they have the same names. */
  private String ofObject(int id) {
    boolean both =
        id >= 0
            && id < saved.getNodesCount()
            && id < model.getObjectGraphDef().getNodesCount()
            && model.getObjectGraphDef().getNodes(id).hasVariable();
    if (!both) {
      return "";
    }
    SavedObject object = model.getObjectGraphDef().getNodes(id);
    return saved.getNodes(id).getAttributesList().stream()
        .filter(attribute -> attribute.getName().equals(VALUE))
        .filter(attribute -> attribute.getFullName().equals(object.getVariable().getName()))
        .map(TrackableObject.SerializedTensor::getCheckpointKey)
        .findFirst()
        .orElse("");
  }

  /** By the names of variables that no other has. */
  private Map<String, SavedKey> byName() {
    Map<String, SavedKey> keys = new HashMap<>();
    Set<String> seen = new HashSet<>();
    for (TrackableObject object : saved.getNodesList()) {
      for (TrackableObject.SerializedTensor value : object.getAttributesList()) {
        if (value.getName().equals(VALUE)) {
          String name = value.getFullName();
          keys.put(name, new SavedKey(value.getCheckpointKey(), ""));
          if (!seen.add(name)) {
            keys.remove(name);
          }
        }
      }
    }
    return keys;
  }
}
