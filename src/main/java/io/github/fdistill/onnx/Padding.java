package io.github.fdistill.onnx;

import java.util.Arrays;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Pixels around images, and whatever else is padded. */
final class Padding {
  static final Map<String, Rule> RULES = Map.of("Pad", Rule.of(Padding::pad));

  private static final long MOST = 1 << 20;

  private Padding() {}

  /** Images NHWC with pixels of one value around them. */
  static Output<?> with(Nodes nodes, Output<?> images, long[] before, long[] after, double value) {
    long[] pairs = {0, 0, before[0], after[0], before[1], after[1], 0, 0};
    Output<?> paddings = nodes.reshaped(nodes.ints(pairs), 4, 2);
    return value == 0
        ? nodes.op("Pad", images, paddings)
        : nodes.op("PadV2", images, paddings, nodes.real(value));
  }

  private static Value pad(Call call) {
    Flow x = call.settled(0);
    long[] said = call.wholes(1);
    int[] axes = call.has(3) ? call.axes(call.wholes(3), x.rank()) : Flow.plainOrder(x.rank());
    call.require(
        said.length == 2 * axes.length && Arrays.stream(said).allMatch(pad -> Math.abs(pad) < MOST),
        "pads " + Arrays.toString(said),
        "one at each end of an axis");
    long[] before = new long[x.rank()];
    long[] after = new long[x.rank()];
    for (int i = 0; i < axes.length; i++) {
      before[axes[i]] = said[i];
      after[axes[i]] = said[axes.length + i];
    }
    Flow cut = cut(call, x, before, after);
    if (Arrays.stream(before).allMatch(p -> p <= 0) && Arrays.stream(after).allMatch(p -> p <= 0)) {
      return cut;
    }
    return switch (call.text("mode", "constant")) {
      case "constant" -> constant(call, cut, before, after);
      case "reflect" -> picked(call, cut, before, after, Padding::reflected);
      case "edge" ->
          picked(call, cut, before, after, (i, size) -> Math.max(0, Math.min(size - 1, i)));
      case "wrap" -> picked(call, cut, before, after, (i, size) -> Math.floorMod(i, size));
      default -> throw call.refuse("mode " + call.text("mode", ""), "constant, reflect or edge");
    };
  }

  /** A negative padding takes away. */
  private static Flow cut(Call call, Flow x, long[] before, long[] after) {
    long[] starts = new long[x.rank()];
    long[] steps = new long[x.rank()];
    long[] shape = x.shape().clone();
    Arrays.fill(steps, 1);
    for (int axis = 0; axis < shape.length; axis++) {
      starts[axis] = Math.max(0, -before[axis]);
      long less = starts[axis] + Math.max(0, -after[axis]);
      boolean padded = before[axis] != 0 || after[axis] != 0;
      call.require(shape[axis] > less || !padded, "more than there is", "less");
      shape[axis] -= less;
    }
    return Joins.sliced(call, x, new Slices(starts, steps, shape));
  }

  private static Value constant(Call call, Flow x, long[] before, long[] after) {
    double value = call.has(2) ? call.one(2).values()[0] : 0;
    long[] pairs = new long[2 * x.rank()];
    long[] shape = x.shape().clone();
    for (int axis = 0; axis < shape.length; axis++) {
      long more = Math.max(0, before[axis]) + Math.max(0, after[axis]);
      shape[axis] += more;
      pairs[2 * x.place(axis)] = Math.max(0, before[axis]);
      pairs[2 * x.place(axis) + 1] = Math.max(0, after[axis]);
    }
    Nodes nodes = call.nodes();
    Output<?> paddings = nodes.reshaped(nodes.ints(pairs), x.rank(), 2);
    // TensorFlow may compute a Pad with the convolution after it, which pads height and width.
    Output<?> made =
        value == 0 && padsImages(pairs)
            ? nodes.op("Pad", x.tensor(), paddings)
            : nodes.op(
                "PadV2", x.tensor(), paddings, nodes.constant(Known.scalar(x.type(), value)));
    return Flow.ordered(made, x.order(), shape);
  }

  /** Whether of four dimensions the first and the last are left as they are. */
  private static boolean padsImages(long[] pairs) {
    return pairs.length == 8 && pairs[0] + pairs[1] + pairs[6] + pairs[7] == 0;
  }

  @FunctionalInterface
  private interface Source {
    long of(long index, long size);
  }

  /** ... 2 1 0 1 2 ... */
  private static long reflected(long index, long size) {
    if (size == 1) {
      return 0;
    }
    long around = Math.floorMod(index, 2 * (size - 1));
    return around < size ? around : 2 * (size - 1) - around;
  }

  private static Flow picked(Call call, Flow x, long[] before, long[] after, Source source) {
    Flow result = x;
    for (int axis = 0; axis < x.rank(); axis++) {
      long low = Math.max(0, before[axis]);
      long size = x.shape()[axis];
      if (low + Math.max(0, after[axis]) == 0) {
        continue;
      }
      double[] indices = new double[(int) (low + size + Math.max(0, after[axis]))];
      Arrays.setAll(indices, i -> source.of(i - low, size));
      result = along(call, result, axis, indices);
    }
    return result;
  }

  /** What stands at these indices of an axis. */
  static Flow along(Call call, Flow x, int axis, double[] indices) {
    Nodes nodes = call.nodes();
    Known known = new Known(DataType.DT_INT32, new long[] {indices.length}, indices);
    Output<?> made =
        nodes.op("GatherV2", x.tensor(), nodes.constant(known), nodes.number(x.place(axis)));
    long[] shape = x.shape().clone();
    shape[axis] = indices.length;
    return Flow.ordered(made, x.order(), shape);
  }
}
