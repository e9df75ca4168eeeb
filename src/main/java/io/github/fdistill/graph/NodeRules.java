package io.github.fdistill.graph;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.graph.AllowedOps.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Why a node may not stand where it does: its op, its attributes or its types. */
public final class NodeRules {
  /**
   * Attributes that ops have beside their own and that only tell something. Others of that kind
   * steer how TensorFlow runs a node, which is not the model's to say.
   */
  private static final Set<String> NOTES =
      Set.of(
          "_class",
          "_collective_manager_ids",
          "_construction_context",
          "_disable_call_shape_inference",
          "_gradient_op_type",
          "_has_manual_control_dependencies",
          "_input_shapes",
          "_lower_using_switch_merge",
          "_num_original_outputs",
          "_output_shapes",
          "_read_only_resource_inputs",
          "_stateful_parallelism",
          "_user_specified_name");

  /** Of a function beside notes: which other one is its gradient, or has it as that. */
  private static final Set<String> PAIRED =
      Set.of("backward_function_name", "forward_function_name");

  /** Whether a function has to be compiled by XLA. */
  private static final String COMPILED = "_XlaMustCompile";

  /** TensorFlow's log tells of attributes that an op has not, as they are, on the terminal. */
  private static final Pattern PLAIN = Pattern.compile("[ -~]*");

  /** Of what a call says about how it is to be run; longer ones hold more than devices. */
  private static final int MOST_CONFIG_BYTES = 1_000;

  private static final Set<DataType> NO_NUMBERS =
      Set.of(DataType.DT_STRING, DataType.DT_RESOURCE, DataType.DT_VARIANT);

  private NodeRules() {}

  /**
   * Looks at a node that is no call of a function by its name.
   *
   * @param place that it stands in
   * @return what to say of its op; nothing where there is no objection
   */
  public static Optional<String> objection(NodeDef node, Place place) {
    Optional<Place> strictest = AllowedOps.of(node.getOp());
    if (strictest.isEmpty() || OpRegistry.op(node.getOp()) == null) {
      return Optional.of("which is not among the ops that networks are made of");
    }
    if (strictest.get().compareTo(place) > 0) {
      return Optional.of(strictest.get().elsewhere());
    }
    Optional<String> attribute = objection(node);
    if (attribute.isPresent()) {
      return attribute;
    }
    if (place != Place.NETWORK) {
      return steering(node.getAttrMap());
    }
    OpDef op = OpRegistry.op(node.getOp());
    List<DataType> types = types(op.getInputArgList(), node.getAttrMap());
    types.addAll(types(op.getOutputArgList(), node.getAttrMap()));
    return types.stream()
        .filter(NO_NUMBERS::contains)
        .findFirst()
        .map(type -> "which takes or gives " + type);
  }

  /**
   * Of the attributes of a function or of its arguments. By some TensorFlow calls a function in the
   * place of another, as by {@code api_implements}: those that tell something are all it may have.
   */
  public static Optional<String> hiddenInFunction(Map<String, AttrValue> attributes) {
    return hidden(attributes)
        .or(
            () ->
                attributes.entrySet().stream()
                    .filter(attribute -> !isNote(attribute) && !PAIRED.contains(attribute.getKey()))
                    .findFirst()
                    .map(attribute -> "with the attribute " + attribute.getKey()));
  }

  /** Whether an attribute only tells something: also that XLA need not compile a function. */
  private static boolean isNote(Map.Entry<String, AttrValue> attribute) {
    AttrValue value = attribute.getValue();
    return NOTES.contains(attribute.getKey())
        || attribute.getKey().equals(COMPILED)
            && value.getValueCase() == AttrValue.ValueCase.B
            && !value.getB();
  }

  /**
   * What to do about what is said of the attributes of a node or of a function.
   *
   * @param otherwise where they do not have it compiled by XLA
   */
  public static String remedy(Map<String, AttrValue> attributes, String otherwise) {
    boolean compiled =
        attributes.entrySet().stream()
            .anyMatch(attribute -> attribute.getKey().equals(COMPILED) && !isNote(attribute));
    return compiled ? "export the network from functions without jit_compile=True" : otherwise;
  }

  /** What to say of the attributes of a node, which may be a call of a function by its name. */
  public static Optional<String> objection(NodeDef node) {
    return hidden(node.getAttrMap()).or(() -> AttributeBounds.objection(node));
  }

  /** Of the attributes of a node, and of those that it gives to functions. */
  public static Optional<String> hidden(Map<String, AttrValue> attributes) {
    for (Map.Entry<String, AttrValue> attribute : attributes.entrySet()) {
      if (!PLAIN.matcher(attribute.getKey()).matches()) {
        return Optional.of("with an attribute of no plain name, '" + attribute.getKey() + "'");
      }
      boolean compiled = attribute.getKey().equals(COMPILED);
      if (attribute.getKey().startsWith("_") && !isNote(attribute)) {
        return Optional.of(
            "with the attribute "
                + attribute.getKey()
                + (compiled ? ", as tf.function(jit_compile=True) gives it" : ""));
      }
      if (holdsObjects(attribute.getValue())) {
        return Optional.of("with objects of no known kind in its attribute " + attribute.getKey());
      }
      Optional<String> given =
          Library.named(attribute.getValue()).stream()
              .flatMap(function -> hidden(function.getAttrMap()).stream())
              .findFirst();
      if (given.isPresent()) {
        return given;
      }
    }
    return Optional.empty();
  }

  /** Whether a value speaks of variants, or is a constant handle of something. */
  private static boolean holdsObjects(AttrValue value) {
    DataType constant = value.getTensor().getDtype();
    return value.getType() == DataType.DT_VARIANT
        || constant == DataType.DT_VARIANT
        || constant == DataType.DT_RESOURCE
        || value.getList().getTypeList().contains(DataType.DT_VARIANT)
        || value.getList().getTensorCount() > 0;
  }

  /** What a call says of the way to run it: of devices, but not of how graphs are rewritten. */
  private static Optional<String> steering(Map<String, AttrValue> attributes) {
    AttrValue none = AttrValue.getDefaultInstance();
    for (String name : List.of("config", "executor_type")) {
      if (!attributes.getOrDefault(name, none).getS().isEmpty()) {
        return Optional.of("with its attribute " + name + " set");
      }
    }
    var config = attributes.getOrDefault("config_proto", none).getS();
    try {
      boolean devices =
          config.size() <= MOST_CONFIG_BYTES && !ConfigProto.parseFrom(config).hasGraphOptions();
      return devices
          ? Optional.empty()
          : Optional.of("which says how its graph is to be rewritten");
    } catch (InvalidProtocolBufferException e) {
      return Optional.of("with a damaged attribute config_proto");
    }
  }

  private static List<DataType> types(
      List<OpDef.ArgDef> arguments, Map<String, AttrValue> attributes) {
    List<DataType> types = new ArrayList<>();
    for (OpDef.ArgDef argument : arguments) {
      if (argument.getIsRef()) {
        types.add(DataType.DT_RESOURCE);
      } else if (!argument.getTypeAttr().isEmpty()) {
        types.add(attributes.get(argument.getTypeAttr()).getType());
      } else if (!argument.getTypeListAttr().isEmpty()) {
        types.addAll(attributes.get(argument.getTypeListAttr()).getList().getTypeList());
      } else {
        types.add(argument.getType());
      }
    }
    return types;
  }
}
