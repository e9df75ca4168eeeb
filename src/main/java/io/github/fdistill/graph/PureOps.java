package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * What a network of someone else may be made of: ops that TensorFlow's registry calls stateless, on
 * numbers and truth values alone, without functions and without texts among their attributes. What
 * reads or writes a file gets its name as a text; what runs code, prints, talks to another process
 * or keeps something gets a text, a function or a handle, or is stateful: nothing of that kind is
 * left, and no list of such ops can be out of date.
 */
public final class PureOps {
  /** Stateful by registry: random numbers, and what only looks at its input. */
  private static final Set<String> STATEFUL =
      Set.of(
          "RandomUniform",
          "RandomUniformInt",
          "RandomStandardNormal",
          "TruncatedNormal",
          "ParameterizedTruncatedNormal",
          "RandomGamma",
          "RandomPoissonV2",
          "RandomShuffle",
          "Multinomial",
          "NonDeterministicInts",
          "StatelessRandomGetAlg",
          "CheckNumerics",
          "CheckNumericsV2",
          "GuaranteeConst",
          "DeepCopy",
          "DeviceIndex",
          "Empty");

  /** Attributes with texts that name no file and no code. */
  private static final Set<String> TEXTS =
      Set.of(
          "equation",
          "message",
          "bad_indices_policy",
          "src_format",
          "dst_format",
          "kernel_type",
          "interpolation",
          "fill_mode");

  private static final Set<DataType> NO_NUMBERS =
      Set.of(DataType.DT_STRING, DataType.DT_RESOURCE, DataType.DT_VARIANT);

  private PureOps() {}

  /**
   * Refuses anything else.
   *
   * @param graph without variables and calls, its nodes complete
   */
  public static void require(GraphDef graph, Origins origins) {
    NodeDef first = null;
    for (NodeDef node : graph.getNodeList()) {
      // The op that takes a text says more than the text.
      boolean better = first == null || first.getOp().equals("Const");
      if (better && objection(node).isPresent()) {
        first = node;
      }
    }
    if (first != null) {
      throw new InputException(
          origins.place(first.getName()),
          "the op " + first.getOp() + ", which " + objection(first).get(),
          "a network that computes with numbers: without files, texts, printing, tables, state"
              + " and code of its own",
          "export the part of the model that is the network, without what stands around it");
    }
  }

  /** Why a node is not to be run, if so. */
  static Optional<String> objection(NodeDef node) {
    OpDef op = OpRegistry.op(node.getOp());
    if (node.getOp().startsWith("_")) {
      return Optional.of("is internal to TensorFlow");
    }
    if (op.getIsStateful() && !STATEFUL.contains(node.getOp())) {
      return Optional.of("keeps state or acts on something outside the graph");
    }
    for (OpDef.AttrDef attribute : op.getAttrList()) {
      if (attribute.getType().contains("func")) {
        return Optional.of("runs a function that is not part of the graph");
      }
      boolean text = attribute.getType().contains("string");
      boolean free = attribute.getAllowedValues().getList().getSCount() == 0;
      if (text && free && !TEXTS.contains(attribute.getName())) {
        return Optional.of(
            "takes a text (" + attribute.getName() + ") that may name files or code");
      }
    }
    List<DataType> types = types(op.getInputArgList(), node.getAttrMap());
    types.addAll(types(op.getOutputArgList(), node.getAttrMap()));
    return types.stream()
        .filter(NO_NUMBERS::contains)
        .findFirst()
        .map(type -> "takes or gives " + type);
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
