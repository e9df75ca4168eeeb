package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/**
 * Which tensors are of whole numbers of 8 or 16 bits. They are int32 here; what leaves their range
 * comes in again at its other end, as it does where they have no more bits: 3 - 5 = 254 of uint8.
 */
final class Narrow {
  /** Ops whose results may leave the range. */
  private static final Set<String> LEAVING =
      Set.of("Abs", "Add", "Cast", "CastLike", "Div", "Mul", "Neg", "Sub");

  private final Map<String, ElementType> types = new HashMap<>();

  /** Of a graph, of which the inputs and initializers are known. */
  Narrow(OnnxGraph onnx) {
    onnx.inputs().forEach(input -> note(input.name(), input.type()));
    onnx.initializers().forEach((name, tensor) -> note(name, tensor.type()));
  }

  /** Tells the type of a tensor. */
  void note(String name, ElementType type) {
    if (type != null && type.isNarrow()) {
      types.put(name, type);
    }
  }

  /** The results of a node within their range. */
  List<Value> within(Call call, List<Value> results) {
    ElementType type = type(call);
    if (type == null || !type.isNarrow()) {
      return results;
    }
    boolean leaves = LEAVING.contains(call.node().op()) && call.value(0).type() != DataType.DT_BOOL;
    List<Value> within = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Value value = results.get(i);
      boolean whole = value.type() == DataType.DT_INT32; // Not a comparison's.
      if (whole && i < call.node().outputs().size()) {
        note(call.node().outputs().get(i), type);
      }
      within.add(whole && leaves ? within(call, value, type) : value);
    }
    return within;
  }

  /** The type of a node's whole numbers, as the rules of ONNX's types have it. */
  private ElementType type(Call call) {
    return switch (call.node().op()) {
      case "Cast" -> Elementwise.castTo(call);
      case "CastLike", "Where" -> of(call, 1);
      case "OneHot" -> of(call, 2);
      case "ConstantOfShape" -> Shapes.said(call) == null ? null : Shapes.said(call).type();
      default -> of(call, 0);
    };
  }

  private ElementType of(Call call, int input) {
    List<String> names = call.node().inputs();
    return input < names.size() ? types.get(names.get(input)) : null;
  }

  private static Value within(Call call, Value value, ElementType type) {
    if (value instanceof Known known) {
      double[] values = known.values().clone();
      for (int i = 0; i < values.length; i++) {
        values[i] = type.within((long) values[i]);
      }
      return new Known(known.type(), known.shape(), values);
    }
    Flow flow = (Flow) value;
    Output<?> cut = call.nodes().cast(flow.tensor(), type.cut());
    return flow.with(call.nodes().cast(cut, DataType.DT_INT32));
  }
}
