package io.github.fdistill.graph;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * The nodes that take the place of one: its helpers are named {@code NODE#HELPER}, as no node of
 * TensorFlow's can be, until all of them are {@link #freed}; its result is named as it was. Each
 * method adds a node and gives its name, to be the input of the next.
 */
final class NewNodes {
  static final AttrValue INT = type(DataType.DT_INT32);

  private final NodeDef old;
  private final List<NodeDef> nodes = new ArrayList<>();

  NewNodes(NodeDef old) {
    this.old = old;
  }

  /** A helper of an op with one type attribute T; an empty name: the result. */
  String add(String helper, String op, AttrValue type, String... inputs) {
    return add(node(helper, op, inputs).putAttr("T", type));
  }

  String add(NodeDef.Builder node) {
    nodes.add(node.build());
    return node.getName();
  }

  /** To be given its attributes and added; the result takes the control inputs of the old node. */
  NodeDef.Builder node(String helper, String op, String... inputs) {
    NodeDef.Builder node = NodeDef.newBuilder().setOp(op).addAllInput(List.of(inputs));
    if (!helper.isEmpty()) {
      return node.setName(name(helper));
    }
    node.setName(old.getName());
    controls(old).forEach(node::addInput);
    return node;
  }

  /** Of a helper, for now. */
  String name(String helper) {
    return old.getName() + "#" + helper;
  }

  static List<String> controls(NodeDef node) {
    return node.getInputList().stream().filter(input -> input.startsWith("^")).toList();
  }

  /** An int32 scalar. */
  String scalar(String helper, int value) {
    return ints(helper, TensorShapeProto.getDefaultInstance(), value);
  }

  /** An int64 scalar. */
  String wide(String helper, long value) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDtype(DataType.DT_INT64).addInt64Val(value);
    return constant(helper, tensor.setTensorShape(TensorShapeProto.getDefaultInstance()));
  }

  /** An int32 vector. */
  String vector(String helper, int... values) {
    return ints(helper, shape(values.length), values);
  }

  /** An int32 matrix of two columns. */
  String pairs(String helper, int... values) {
    return ints(helper, shape(values.length / 2, 2), values);
  }

  private String ints(String helper, TensorShapeProto shape, int... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDtype(DataType.DT_INT32).setTensorShape(shape);
    for (int value : values) {
      tensor.addIntVal(value);
    }
    return constant(helper, tensor);
  }

  /** A Const. */
  String constant(String helper, TensorProto.Builder tensor) {
    return add(
        node(helper, "Const")
            .putAttr("dtype", type(tensor.getDtype()))
            .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build()));
  }

  private static TensorShapeProto shape(int... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int dim : dims) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
    }
    return shape.build();
  }

  static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  static AttrValue number(long value) {
    return AttrValue.newBuilder().setI(value).build();
  }

  static AttrValue numbers(long... values) {
    AttrValue.Builder list = AttrValue.newBuilder();
    for (long value : values) {
      list.getListBuilder().addI(value);
    }
    return list.build();
  }

  static AttrValue text(String value) {
    return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)).build();
  }

  /** What a node's attribute says. */
  static String text(NodeDef node, String attribute) {
    return node.getAttrOrThrow(attribute).getS().toStringUtf8();
  }

  static AttrValue truth(boolean value) {
    return AttrValue.newBuilder().setB(value).build();
  }

  /** Reshape(tensor, shape), of an int32 shape. */
  String reshape(String helper, AttrValue type, String tensor, String shape) {
    return add(node(helper, "Reshape", tensor, shape).putAttr("T", type).putAttr("Tshape", INT));
  }

  /** The shape of a tensor, int32. */
  String shapeOf(String helper, AttrValue type, String tensor) {
    return add(node(helper, "Shape", tensor).putAttr("T", type).putAttr("out_type", INT));
  }

  /**
   * One number of a shape, as a vector [1].
   *
   * @param shape int32
   * @param axis counted from the end where it is negative
   */
  String sizeAt(String helper, String shape, int axis) {
    return add(
        node(
                helper,
                "StridedSlice",
                shape,
                vector(helper + "/start", axis),
                vector(helper + "/end", axis + 1),
                vector(helper + "/step", 1))
            .putAttr("T", INT)
            .putAttr("Index", INT)
            .putAttr("end_mask", number(axis == -1 ? 1 : 0)));
  }

  List<NodeDef> all() {
    return nodes;
  }

  /** All of them, with {@link #freed(NodeDef, List, Set) free names}. */
  List<NodeDef> freed(Set<String> taken) {
    return freed(old, nodes, taken);
  }

  /**
   * The nodes with names that no other node has, a graph may have been rewritten before: {@code
   * NODE/HELPER}, where one of these is taken {@code NODE_/HELPER}. How a name ends stays.
   *
   * @param old the node that they take the place of
   * @param taken the names of all nodes; those of the helpers are added
   */
  static List<NodeDef> freed(NodeDef old, List<NodeDef> made, Set<String> taken) {
    List<String> helpers =
        made.stream().map(NodeDef::getName).filter(n -> !n.equals(old.getName())).toList();
    Map<String, String> names = new HashMap<>();
    for (String above = old.getName(); names.isEmpty() && !helpers.isEmpty(); above += "_") {
      for (String helper : helpers) {
        names.put(helper, above + "/" + helper.substring(old.getName().length() + 1));
      }
      if (names.values().stream().anyMatch(taken::contains)) {
        names.clear();
      }
    }
    taken.addAll(names.values());
    return made.stream().map(node -> renamed(node, names)).toList();
  }

  /** A node and what it takes, by other names where there are such. */
  private static NodeDef renamed(NodeDef node, Map<String, String> names) {
    NodeDef.Builder result = node.toBuilder().clearInput();
    result.setName(names.getOrDefault(node.getName(), node.getName()));
    for (String input : node.getInputList()) {
      boolean control = input.startsWith("^");
      String tensor = control ? input.substring(1) : input;
      result.addInput((control ? "^" : "") + names.getOrDefault(tensor, tensor));
    }
    return result.build();
  }
}
