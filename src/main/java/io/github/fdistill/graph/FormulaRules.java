package io.github.fdistill.graph;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Ops written as the formula that they stand for, because TensorFlow has no gradient of them. */
final class FormulaRules {
  static final Map<String, GradientRewrites.Rule> RULES =
      Map.ofEntries(
          Map.entry("Erfc", FormulaRules::erfc),
          Map.entry("EuclideanNorm", FormulaRules::euclideanNorm),
          Map.entry("LogSoftmax", FormulaRules::logSoftmax),
          Map.entry("Atan2", FormulaRules::atan2),
          Map.entry("Xlogy", node -> timesOf(node, "Log")),
          Map.entry("Xlog1py", node -> timesOf(node, "Log1p")),
          Map.entry("Xdivy", node -> timesOf(node, "Reciprocal")),
          Map.entry("MulNoNan", FormulaRules::mulNoNan),
          Map.entry("FloorMod", FormulaRules::floorMod));

  private FormulaRules() {}

  /** erfc(x) = 1 - erf(x). */
  private static List<NodeDef> erfc(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    NewNodes made = new NewNodes(node);
    String erf = made.add("erf", "Erf", type, node.getInput(0));
    made.add("", "Sub", type, constantLike(made, "OnesLike", type, erf), erf);
    return made.all();
  }

  /** OnesLike or ZerosLike of a tensor, which has no gradient. */
  private static String constantLike(NewNodes made, String op, AttrValue type, String tensor) {
    String value = made.add(op + "/value", op, type, tensor);
    return made.add(op, "StopGradient", type, value);
  }

  /** The root of the sum of squares, over the axes that are its second input. */
  private static List<NodeDef> euclideanNorm(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    NewNodes made = new NewNodes(node);
    String square = made.add("square", "Square", type, node.getInput(0));
    String sum =
        made.add(
            made.node("sum", "Sum", square, node.getInput(1))
                .putAttr("T", type)
                .putAttr("Tidx", node.getAttrOrThrow("Tidx"))
                .putAttr("keep_dims", node.getAttrOrThrow("keep_dims")));
    made.add("", "Sqrt", type, sum);
    return made.all();
  }

  /**
   * The same on a matrix: TensorFlow's gradient sums over axis 1, which is the last one of a matrix
   * only.
   */
  private static List<NodeDef> logSoftmax(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    NewNodes made = new NewNodes(node);
    String x = node.getInput(0);
    String shape = made.shapeOf("shape", type, x);
    String last = made.sizeAt("last", shape, -1);
    String matrixShape =
        made.add(
            made.node(
                    "matrix_shape",
                    "ConcatV2",
                    made.vector("rows", -1),
                    last,
                    made.scalar("axis", 0))
                .putAttr("N", NewNodes.number(2))
                .putAttr("T", NewNodes.INT)
                .putAttr("Tidx", NewNodes.INT));
    String matrix = made.reshape("matrix", type, x, matrixShape);
    String result = made.add("log_softmax", "LogSoftmax", type, matrix);
    made.reshape("", type, result, shape);
    return made.all();
  }

  /** Of tensors of one shape: TensorFlow's gradient forgets that they were broadcast. */
  private static List<NodeDef> atan2(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    NewNodes made = new NewNodes(node);
    String y = node.getInput(0);
    String x = node.getInput(1);
    String shape =
        made.add(
            "shape",
            "BroadcastArgs",
            NewNodes.INT,
            made.shapeOf("y_shape", type, y),
            made.shapeOf("x_shape", type, x));
    made.add(
        "",
        "Atan2",
        type,
        broadcast(made, "y", type, y, shape),
        broadcast(made, "x", type, x, shape));
    return made.all();
  }

  private static String broadcast(
      NewNodes made, String helper, AttrValue type, String tensor, String shape) {
    return made.add(
        made.node(helper, "BroadcastTo", tensor, shape)
            .putAttr("T", type)
            .putAttr("Tidx", NewNodes.INT));
  }

  /**
   * x f(y), and 0 where x is 0 whatever y is. There f is taken of 1 instead of y, and counts as 0:
   * so do the gradients by x and by y, as Python has them.
   */
  private static List<NodeDef> timesOf(NodeDef node, String f) {
    AttrValue type = node.getAttrOrThrow("T");
    NewNodes made = new NewNodes(node);
    String x = node.getInput(0);
    String zero = constantLike(made, "ZerosLike", type, x);
    String none = isZero(made, type, x, zero);
    String one = constantLike(made, "OnesLike", type, x);
    String y = made.add("y", "SelectV2", type, none, one, node.getInput(1));
    String factor = made.add("f", f, type, y);
    made.add("", "Mul", type, x, made.add("factor", "SelectV2", type, none, zero, factor));
    return made.all();
  }

  private static String isZero(NewNodes made, AttrValue type, String x, String zero) {
    return made.add(
        made.node("none", "Equal", x, zero)
            .putAttr("T", type)
            .putAttr("incompatible_shape_error", NewNodes.truth(true)));
  }

  /**
   * x y, and 0 where y is 0 whatever x is: there an x that is not finite is taken for 0. The
   * gradient by y is x there too, where it is finite.
   */
  private static List<NodeDef> mulNoNan(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    if (!isFloat(type)) {
      return List.of(node);
    }
    NewNodes made = new NewNodes(node);
    String x = node.getInput(0);
    String y = node.getInput(1);
    String zero = constantLike(made, "ZerosLike", type, y);
    String finite = made.add("finite", "IsFinite", type, x);
    String other = made.add(made.node("other", "LogicalNot", finite));
    String none = made.add(made.node("both", "LogicalAnd", isZero(made, type, y, zero), other));
    made.add("", "Mul", type, made.add("x", "SelectV2", type, none, zero, x), y);
    return made.all();
  }

  /** x - floor(x / y) y. */
  private static List<NodeDef> floorMod(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    if (!isFloat(type)) {
      return List.of(node);
    }
    NewNodes made = new NewNodes(node);
    String x = node.getInput(0);
    String y = node.getInput(1);
    String whole = made.add("whole", "FloorDiv", type, x, y);
    String constant = made.add("constant", "StopGradient", type, whole);
    made.add("", "Sub", type, x, made.add("product", "Mul", type, constant, y));
    return made.all();
  }

  private static boolean isFloat(AttrValue type) {
    return switch (type.getType()) {
      case DT_FLOAT, DT_DOUBLE, DT_HALF, DT_BFLOAT16 -> true;
      default -> false;
    };
  }
}
