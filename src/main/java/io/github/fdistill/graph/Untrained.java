package io.github.fdistill.graph;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashSet;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.VariableDef;

/**
 * The variables that a model says are not trained, such as the moments of a batch normalisation: as
 * its objects say it (TensorFlow 2), or its collections of variables (TensorFlow 1).
 *
 * @param names of the variables
 */
public record Untrained(Set<String> names) {

  /** What a graph says; nothing where it says nothing. */
  public static Untrained of(MetaGraphDef metaGraph) {
    Set<String> names = new HashSet<>();
    Set<String> trained = new HashSet<>();
    for (var object : metaGraph.getObjectGraphDef().getNodesList()) {
      if (object.hasVariable()) {
        (object.getVariable().getTrainable() ? trained : names).add(object.getVariable().getName());
      }
    }
    if (metaGraph.containsCollectionDef("trainable_variables")) {
      names.addAll(collected(metaGraph, "variables"));
      trained.addAll(collected(metaGraph, "trainable_variables"));
    }
    names.removeAll(trained); // Of two variables of one name neither is known to be untrained.
    return new Untrained(Set.copyOf(names));
  }

  private static Set<String> collected(MetaGraphDef metaGraph, String collection) {
    Set<String> names = new HashSet<>();
    var values = metaGraph.getCollectionDefMap().get(collection);
    if (values != null) {
      for (ByteString value : values.getBytesList().getValueList()) {
        try {
          names.add(NetworkFunction.nodeOf(VariableDef.parseFrom(value).getVariableName()));
        } catch (InvalidProtocolBufferException e) {
          return Set.of(); // A damaged collection says nothing.
        }
      }
    }
    return names;
  }

  /** Whether a variable's node is one of them. */
  boolean has(NodeDef variable) {
    AttrValue shared = variable.getAttrOrDefault("shared_name", AttrValue.getDefaultInstance());
    return names.contains(variable.getName()) || names.contains(shared.getS().toStringUtf8());
  }
}
