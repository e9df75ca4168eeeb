package io.github.fdistill.onnx;

import static io.github.fdistill.onnx.Elementwise.with;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Ops that make one number of those along some axes. */
final class Reductions {
  static final Map<String, Rule> RULES =
      Map.ofEntries(
          Map.entry("ReduceMean", of("Mean")),
          Map.entry("ReduceSum", of("Sum")),
          Map.entry("ReduceMax", of("Max")),
          Map.entry("ReduceMin", of("Min")),
          Map.entry("ReduceProd", of("Prod")),
          Map.entry("ReduceL1", Rule.of(call -> reduced(call, "Sum", one(call, "Abs")))),
          Map.entry("ReduceSumSquare", Rule.of(call -> reduced(call, "Sum", one(call, "Square")))),
          Map.entry("ReduceL2", Rule.of(Reductions::length)),
          Map.entry("GlobalAveragePool", Rule.of(call -> global(call, "Mean"))),
          Map.entry("GlobalMaxPool", Rule.of(call -> global(call, "Max"))),
          Map.entry("LpNormalization", Rule.of(Reductions::normalised)),
          Map.entry("ArgMax", Rule.of(Reductions::argMax)),
          Map.entry("CumSum", Rule.of(Reductions::cumulated)));

  private Reductions() {}

  private static Rule of(String op) {
    return Rule.of(call -> reduced(call, op, call.settled(0)));
  }

  private static Flow one(Call call, String op) {
    Flow x = call.settled(0);
    return x.with(call.nodes().op(op, x.tensor()));
  }

  /** A reduction that keeps its axes with size 1. */
  static Output<?> kept(Nodes nodes, String op, Output<?> tensor, Output<?> axes) {
    return nodes.op(op, builder -> builder.setAttr("keep_dims", true), tensor, axes);
  }

  private static Flow reduced(Call call, String op, Flow x) {
    long[] said = call.wholes("axes", 1);
    if ((said == null || said.length == 0) && call.whole("noop_with_empty_axes", 0) == 1) {
      return x;
    }
    int[] axes =
        said == null || said.length == 0 ? Flow.plainOrder(x.rank()) : call.axes(said, x.rank());
    return reduced(call, op, x, axes, call.whole("keepdims", 1) == 1);
  }

  /** A reduction along ONNX's axes. */
  static Flow reduced(Call call, String op, Flow x, int[] axes, boolean keep) {
    long[] places = Arrays.stream(axes).mapToLong(x::place).toArray();
    long[] shape = x.shape().clone();
    for (int axis : axes) {
      call.require(shape[axis] >= 0, "over the images of a batch", "an axis of each image's");
      shape[axis] = 1;
    }
    Output<?> made = kept(call.nodes(), op, x.tensor(), call.nodes().ints(places));
    Flow wide = Flow.ordered(made, x.order(), shape);
    return keep ? wide : wide.reshaped(without(shape, axes));
  }

  private static long[] without(long[] shape, int[] axes) {
    List<Long> left = new ArrayList<>();
    for (int i = 0; i < shape.length; i++) {
      int axis = i;
      if (Arrays.stream(axes).noneMatch(a -> a == axis)) {
        left.add(shape[i]);
      }
    }
    return left.stream().mapToLong(Long::longValue).toArray();
  }

  private static Value length(Call call) {
    Flow sum = reduced(call, "Sum", one(call, "Square"));
    return sum.with(call.nodes().op("Sqrt", sum.tensor()));
  }

  private static Value global(Call call, String op) {
    Flow x = call.settled(0);
    call.require(x.rank() > 2, "rank " + x.rank(), "images");
    int[] axes = new int[x.rank() - 2];
    Arrays.setAll(axes, i -> i + 2);
    return reduced(call, op, x, axes, true);
  }

  /** x / |x|. */
  private static Value normalised(Call call) {
    Flow x = call.settled(0);
    int[] axes = {call.axis(call.whole("axis", -1), x.rank())};
    long p = call.whole("p", 2);
    Flow power = one(call, p == 1 ? "Abs" : "Square");
    Flow sum = reduced(call, "Sum", power, axes, true);
    Flow norm = p == 1 ? sum : sum.with(call.nodes().op("Sqrt", sum.tensor()));
    return Elementwise.two(call, "RealDiv", x, with(call, "Maximum", norm, 1e-12));
  }

  private static Value argMax(Call call) {
    Flow x = call.settled(0);
    int axis = call.axis(call.whole("axis", 0), x.rank());
    call.require(
        call.whole("select_last_index", 0) == 0 && x.shape()[axis] >= 0,
        "the last of equals, or an image of a batch",
        "the first along an axis of each image's");
    Nodes nodes = call.nodes();
    Output<?> values = call.layout().plain(x);
    Output<?> comparable =
        values.dataType() == DataType.DT_BOOL ? nodes.cast(values, DataType.DT_INT32) : values;
    Output<?> index = nodes.op("ArgMax", comparable, nodes.number(axis));
    long[] shape = without(x.shape(), new int[] {axis});
    long[] kept = x.shape().clone();
    kept[axis] = 1;
    Flow found = Flow.plain(index, shape);
    return call.whole("keepdims", 1) == 1 ? found.reshaped(kept) : found;
  }

  private static Value cumulated(Call call) {
    Flow x = call.settled(0);
    int axis = call.axis(call.whole(1), x.rank());
    boolean exclusive = call.whole("exclusive", 0) == 1;
    boolean reverse = call.whole("reverse", 0) == 1;
    Nodes nodes = call.nodes();
    return x.with(
        nodes.op(
            "Cumsum",
            builder -> builder.setAttr("exclusive", exclusive).setAttr("reverse", reverse),
            x.tensor(),
            nodes.number(x.place(axis))));
  }
}
