package io.github.fdistill.onnx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Ops that compute number by number. */
final class Elementwise {
  static final Map<String, Rule> RULES = new HashMap<>();

  static {
    for (String same :
        List.of(
            "Abs",
            "Ceil",
            "Cos",
            "Erf",
            "Exp",
            "Floor",
            "Log",
            "Neg",
            "Relu",
            "Sigmoid",
            "Sign",
            "Sin",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Tan",
            "Tanh",
            "Reciprocal")) {
      RULES.put(same, ofOne(same));
    }
    RULES.put("Round", ofOne("Round")); // Half to even, as ONNX has it.
    RULES.put("Not", ofOne("LogicalNot"));
    RULES.put("IsNaN", ofOne("IsNan"));
    RULES.put("Identity", Rule.of(call -> call.value(0)));
    RULES.put("Dropout", Rule.of(Elementwise::kept));
    RULES.put("Cast", Rule.of(call -> cast(call, castTo(call).becomes())));
    RULES.put("CastLike", Rule.of(call -> cast(call, call.value(1).type())));
    RULES.put("Add", ofTwo("AddV2"));
    RULES.put("Sub", ofTwo("Sub"));
    RULES.put("Mul", ofTwo("Mul"));
    RULES.put(
        "Div", Rule.of(call -> two(call, Call.isFloat(call.value(0)) ? "RealDiv" : "TruncateDiv")));
    RULES.put("Mod", Rule.of(call -> two(call, call.whole("fmod", 0) == 1 ? "Mod" : "FloorMod")));
    RULES.put("Pow", Rule.of(Elementwise::power));
    RULES.put("Min", ofSeveral("Minimum"));
    RULES.put("Max", ofSeveral("Maximum"));
    RULES.put("Sum", ofSeveral("AddV2"));
    RULES.put("Equal", ofTwo("Equal"));
    RULES.put("Less", ofTwo("Less"));
    RULES.put("LessOrEqual", ofTwo("LessEqual"));
    RULES.put("Greater", ofTwo("Greater"));
    RULES.put("GreaterOrEqual", ofTwo("GreaterEqual"));
    RULES.put("And", ofTwo("LogicalAnd"));
    RULES.put("Or", ofTwo("LogicalOr"));
    RULES.put("Xor", ofTwo("NotEqual"));
    RULES.put("Where", Rule.of(Elementwise::where));
  }

  private Elementwise() {}

  /** An op of one input, which may go on being reshaped on paper. */
  private static Rule ofOne(String op) {
    return Rule.of(call -> call.flow(0).with(call.nodes().op(op, call.flow(0).tensor())));
  }

  private static Rule ofTwo(String op) {
    return Rule.of(call -> two(call, op));
  }

  private static Value two(Call call, String op) {
    return two(call, op, call.value(0), call.value(1));
  }

  private static Rule ofSeveral(String op) {
    return Rule.of(
        call -> {
          Value result = call.value(0);
          for (int i = 1; i < call.inputs().size(); i++) {
            result = two(call, op, result, call.value(i));
          }
          return result;
        });
  }

  /** An op of two values, of which what has size 1 is repeated. */
  static Flow two(Call call, String op, Value a, Value b) {
    Nodes nodes = call.nodes();
    // What is on paper may stay there beside a single number.
    if (a instanceof Flow x && Sizes.isOne(b.shape()) && b.rank() <= 1 && a.rank() >= b.rank()) {
      return x.with(nodes.op(op, x.tensor(), number(call, b)));
    } else if (b instanceof Flow y && Sizes.isOne(a.shape()) && a.rank() <= 1 && b.rank() > 0) {
      return y.with(nodes.op(op, number(call, a), y.tensor()));
    }
    long[] shape = Sizes.broadcast(a.shape(), b.shape());
    call.require(
        shape != null,
        "sizes " + Sizes.text(a.shape()) + " and " + Sizes.text(b.shape()),
        "sizes that fit each other");
    Layout.Aligned aligned = call.layout().aligned(List.of(a, b));
    Output<?> tensor = nodes.op(op, aligned.tensors().get(0), aligned.tensors().get(1));
    return Flow.ordered(tensor, aligned.order(), shape);
  }

  private static Output<?> number(Call call, Value one) {
    return call.nodes().reshaped(call.layout().plain(call.layout().flow(one)));
  }

  static Flow with(Call call, String op, Value a, double b) {
    return two(call, op, a, Known.scalar(DataType.DT_FLOAT, b));
  }

  /** The type that a Cast says. */
  static ElementType castTo(Call call) {
    long to = call.whole("to", 0);
    return ElementType.of(to)
        .orElseThrow(() -> call.refuse("to type " + to, "a type of numbers or truth values"));
  }

  private static Value cast(Call call, DataType type) {
    Flow x = call.flow(0);
    return x.with(call.nodes().cast(x.tensor(), type));
  }

  /** A Dropout that drops nothing: a share of 0, or not while the network is trained. */
  private static Value kept(Call call) {
    boolean none = call.has(1) && call.value(1) instanceof Known share && share.isAll(0);
    boolean off = !call.has(2) || call.value(2) instanceof Known training && training.isAll(0);
    call.requireInference(none || off);
    return call.value(0);
  }

  private static Value power(Call call) {
    Flow x = call.flow(0);
    boolean same = call.value(1).rank() <= x.rank() && Call.isFloat(x);
    if (same && call.value(1) instanceof Known exponent && exponent.count() == 1) {
      double e = exponent.values()[0];
      if (e == 2) {
        return x.with(call.nodes().op("Square", x.tensor()));
      } else if (e == 0.5) {
        return x.with(call.nodes().op("Sqrt", x.tensor()));
      }
    }
    Flow exponent = call.flow(1);
    if (!Call.isFloat(x) && Call.isFloat(exponent)) { // Whole numbers by fractions stay whole.
      Flow base = x.with(call.nodes().cast(x.tensor(), DataType.DT_DOUBLE));
      Flow by = exponent.with(call.nodes().cast(exponent.tensor(), DataType.DT_DOUBLE));
      Flow power = two(call, "Pow", base, by);
      return power.with(call.nodes().cast(power.tensor(), x.type()));
    }
    return two(call, "Pow", x, exponent.with(call.nodes().cast(exponent.tensor(), x.type())));
  }

  private static Value where(Call call) {
    List<Value> values = List.of(call.value(0), call.value(1), call.value(2));
    long[] shape = Sizes.broadcast(values.get(1).shape(), values.get(2).shape());
    shape = shape == null ? null : Sizes.broadcast(values.get(0).shape(), shape);
    call.require(shape != null, "sizes that do not fit each other", "sizes that do");
    Layout.Aligned aligned = call.layout().aligned(values);
    Output<?> picked =
        call.nodes()
            .op(
                "SelectV2",
                aligned.tensors().get(0),
                aligned.tensors().get(1),
                aligned.tensors().get(2));
    return Flow.ordered(picked, aligned.order(), shape);
  }
}
