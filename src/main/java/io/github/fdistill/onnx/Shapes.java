package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Ops that change shapes: most of them on paper alone, until somebody needs the tensor. */
final class Shapes {
  static final Map<String, Rule> RULES =
      Map.of(
          "Reshape", Rule.of(call -> OneImage.reshaped(call, call.flow(0), target(call))),
          "Flatten", Rule.of(call -> OneImage.reshaped(call, call.flow(0), onPaper(call))),
          "Squeeze", Rule.of(call -> call.flow(0).reshaped(onPaper(call))),
          "Unsqueeze", Rule.of(call -> call.flow(0).reshaped(onPaper(call))),
          "Transpose", Rule.of(Shapes::transpose),
          "Expand", Rule.of(Shapes::expand),
          "Tile", Rule.of(Shapes::tile),
          "ConstantOfShape", Rule.of(Shapes::constantOfShape),
          "Range", Rule.of(Shapes::range),
          "Trilu", Rule.of(Shapes::triangle));

  private Shapes() {}

  /** An input that holds sizes. */
  static long[] sizes(Call call, int input) {
    Known known = call.known(input);
    call.require(known.rank() == 1, "sizes of rank " + known.rank(), "a vector of sizes");
    long[] sizes = new long[known.count()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = known.perImage()[i] ? -known.whole(i) : known.whole(i);
      call.require(
          known.perImage()[i] || sizes[i] >= 0, "the size " + sizes[i], "sizes of 0 or more");
    }
    return sizes;
  }

  /** What a Reshape gives: -1 is what is left, 0 what the input has there. */
  static long[] target(Call call) {
    long[] shape = call.value(0).shape();
    Known wanted = call.known(1);
    boolean zeros = call.whole("allowzero", 0) == 1;
    long[] target = new long[wanted.count()];
    int open = -1;
    for (int i = 0; i < target.length; i++) {
      target[i] = wanted.perImage()[i] ? -wanted.whole(i) : wanted.whole(i);
      if (!wanted.perImage()[i] && target[i] == 0 && !zeros) {
        call.require(i < shape.length, "a size 0 at " + i, "the size that its input has there");
        target[i] = shape[i];
      } else if (!wanted.perImage()[i] && target[i] < 0) {
        call.require(target[i] == -1 && open < 0, wanted(wanted), "sizes, one of them -1");
        open = i;
        target[i] = 1;
      }
    }
    if (call.single() && Sizes.anyOpen(shape) && !Sizes.anyOpen(target) && target.length > 0) {
      long[] one = target.clone();
      if (open >= 0) {
        long all = Math.abs(Sizes.product(shape).orElse(0));
        one[open] = Sizes.quotient(all, Sizes.product(target).orElse(0)).orElse(1);
      }
      int grows = OneImage.place(shape, one);
      target[grows] = grows == open ? 1 : -target[grows];
    }
    OptionalLong all = Sizes.product(shape);
    OptionalLong rest = Sizes.product(target);
    OptionalLong left =
        all.isPresent() && rest.isPresent()
            ? Sizes.quotient(all.getAsLong(), rest.getAsLong())
            : OptionalLong.empty();
    call.require(
        left.isPresent() && (open >= 0 || left.getAsLong() == 1),
        Sizes.text(shape) + " as " + wanted(wanted),
        "as many numbers as before, for any number N of images: a batch that is free");
    if (open >= 0) {
      target[open] = left.getAsLong();
    }
    return target;
  }

  private static String wanted(Known wanted) {
    List<String> sizes = new ArrayList<>();
    for (int i = 0; i < wanted.count(); i++) {
      sizes.add(wanted.whole(i) + (wanted.perImage()[i] ? "N" : ""));
    }
    return sizes.toString();
  }

  /** What Flatten, Squeeze and Unsqueeze give. */
  static long[] onPaper(Call call) {
    long[] shape = call.value(0).shape();
    return switch (call.node().op()) {
      case "Flatten" -> flattened(call, shape);
      case "Squeeze" -> squeezed(call, shape);
      default -> unsqueezed(call, shape);
    };
  }

  private static long[] flattened(Call call, long[] shape) {
    long from = call.whole("axis", 1);
    int axis = from == shape.length ? shape.length : call.axis(from, shape.length);
    OptionalLong rows = Sizes.product(Arrays.copyOf(shape, axis));
    OptionalLong columns = Sizes.product(Arrays.copyOfRange(shape, axis, shape.length));
    call.require(rows.isPresent() && columns.isPresent(), Sizes.text(shape), "one batch");
    return new long[] {rows.getAsLong(), columns.getAsLong()};
  }

  private static long[] squeezed(Call call, long[] shape) {
    long[] given = call.wholes("axes", 1);
    boolean[] gone = new boolean[shape.length];
    boolean all = given == null || given.length == 0;
    if (all) {
      for (int i = 0; i < gone.length; i++) {
        gone[i] = shape[i] == 1;
      }
    } else {
      for (int axis : call.axes(given, shape.length)) {
        call.require(shape[axis] == 1, "axis " + axis + " of " + Sizes.text(shape), "a size of 1");
        gone[axis] = true;
      }
    }
    List<Long> left = new ArrayList<>();
    for (int i = 0; i < shape.length; i++) {
      if (!gone[i]) {
        left.add(shape[i]);
      }
    }
    // The file has no axis for its one image then, so that others' numbers are not those here.
    boolean shifted = all && call.single() && Sizes.anyOpen(shape) && left.size() > 2;
    call.require(!shifted, "no axes, of " + Sizes.text(shape), "axes");
    return left.stream().mapToLong(Long::longValue).toArray();
  }

  private static long[] unsqueezed(Call call, long[] shape) {
    long[] axes = call.wholes("axes", 1);
    call.require(axes != null, "no axes", "axes");
    int rank = shape.length + axes.length;
    long[] wider = new long[rank];
    for (int axis : call.axes(axes, rank)) {
      wider[axis] = 1;
    }
    int next = 0;
    for (int i = 0; i < rank; i++) {
      wider[i] = wider[i] == 1 ? 1 : shape[next++];
    }
    return wider;
  }

  /** The order of axes that a Transpose says. */
  static int[] order(Call call, int rank) {
    long[] said = call.wholes("perm", (long[]) null);
    if (said == null) {
      int[] reversed = new int[rank];
      Arrays.setAll(reversed, i -> rank - 1 - i);
      return reversed;
    }
    int[] order = call.axes(said, rank);
    call.require(order.length == rank, Arrays.toString(order), "each of " + rank + " axes");
    return order;
  }

  private static Value transpose(Call call) {
    Flow x = call.settled(0);
    return turned(x, order(call, x.rank()));
  }

  /** With ONNX's axes in another order: the tensor stays as it is. */
  static Flow turned(Flow x, int[] order) {
    int[] found = new int[order.length];
    long[] shape = new long[order.length];
    for (int axis = 0; axis < order.length; axis++) {
      shape[axis] = x.shape()[order[axis]];
      found[x.place(order[axis])] = axis;
    }
    return Flow.ordered(x.tensor(), found, shape);
  }

  private static Value expand(Call call) {
    Flow x = call.flow(0);
    long[] shape = Sizes.broadcast(x.shape(), sizes(call, 1));
    call.require(
        shape != null,
        Sizes.text(x.shape()) + " as " + Sizes.text(sizes(call, 1)),
        "sizes that 1 is repeated to");
    return repeated(call, x, shape);
  }

  /** What has size 1 along some axes, or has not these axes, repeated to this shape. */
  static Flow repeated(Call call, Flow x, long[] shape) {
    if (Arrays.equals(shape, x.shape())) {
      return x;
    }
    Nodes nodes = call.nodes();
    Output<?> plain = call.layout().plain(x);
    Output<?> wide = nodes.op("BroadcastTo", plain, nodes.sizes(shape));
    return Flow.plain(nodes.reshaped(wide, shape), shape);
  }

  private static Value tile(Call call) {
    Flow x = call.settled(0);
    long[] times = call.wholes(1);
    call.require(times.length == x.rank(), "repeats of " + times.length, "one for each axis");
    long[] shape = x.shape().clone();
    long[] ordered = new long[times.length];
    for (int i = 0; i < times.length; i++) {
      shape[i] = Math.multiplyExact(shape[i], times[i]);
      ordered[x.place(i)] = times[i];
    }
    Nodes nodes = call.nodes();
    return Flow.ordered(nodes.op("Tile", x.tensor(), nodes.ints(ordered)), x.order(), shape);
  }

  /** The number that a ConstantOfShape is full of; null where it says none. */
  static OnnxTensor said(Call call) {
    Attribute value = call.node().attributes().get("value");
    return value == null ? null : value.tensor();
  }

  /** The same, 0 where it says none. */
  static Known filling(Call call) {
    OnnxTensor said = said(call);
    if (said == null) {
      return Known.scalar(DataType.DT_FLOAT, 0);
    }
    call.require(said.count() == 1, "several values", "one");
    return said.known().reshaped();
  }

  private static Value constantOfShape(Call call) {
    long[] shape = sizes(call, 0);
    Nodes nodes = call.nodes();
    Output<?> filled = nodes.op("Fill", nodes.sizes(shape), nodes.constant(filling(call)));
    return Flow.plain(nodes.reshaped(filled, shape), shape);
  }

  /** Of the last two axes what lies above a diagonal, or below; 0 elsewhere. */
  private static Value triangle(Call call) {
    Flow x = call.settled(0);
    int rank = x.rank();
    long rows = rank < 2 ? -1 : x.shape()[rank - 2];
    long columns = rank < 2 ? -1 : x.shape()[rank - 1];
    call.require(
        rows >= 0 && columns >= 0,
        Sizes.text(x.shape()),
        "matrices that do not grow with the batch");
    boolean upper = call.whole("upper", 1) == 1;
    long k = call.has(1) ? call.whole(1) : 0;
    long diagonal = Math.max(-rows, Math.min(columns, k)); // Beyond these all is alike.
    Nodes nodes = call.nodes();
    Output<?> row = nodes.reshaped(counted(nodes, diagonal, diagonal + rows), rows, 1);
    Output<?> column = counted(nodes, 0, columns);
    Output<?> kept = nodes.op(upper ? "GreaterEqual" : "LessEqual", column, row);
    Output<?> zero = nodes.constant(Known.scalar(x.type(), 0));
    return Flow.plain(nodes.op("SelectV2", kept, call.layout().plain(x), zero), x.shape());
  }

  private static Output<?> counted(Nodes nodes, long from, long to) {
    return nodes.op("Range", nodes.number(from), nodes.number(to), nodes.number(1));
  }

  /** 0, 1, ... for each image: all other ranges are known. */
  private static Value range(Call call) {
    Known start = call.known(0);
    Known limit = call.known(1);
    Known step = call.known(2);
    call.require(
        start.anyPerImage() || limit.anyPerImage() || step.anyPerImage(),
        "more than " + Numbers.MOST + " numbers",
        "as many, or fewer");
    call.require(
        limit.anyPerImage() && start.isAll(0) && step.isAll(1),
        "numbers that grow with the batch",
        "0, 1, 2 and so on");
    Nodes nodes = call.nodes();
    Output<?> range =
        nodes.op("Range", nodes.constant(start), nodes.constant(limit), nodes.constant(step));
    return Flow.plain(range, -limit.whole(0));
  }

  /** The sizes without that of an axis. */
  static long[] dropped(long[] shape, int axis) {
    return gathered(shape, axis, new long[0]);
  }

  /** What a Gather gives: the sizes of its indices in the place of the axis. */
  static long[] gathered(long[] data, int axis, long[] indices) {
    long[] shape = new long[data.length - 1 + indices.length];
    System.arraycopy(data, 0, shape, 0, axis);
    System.arraycopy(indices, 0, shape, axis, indices.length);
    System.arraycopy(data, axis + 1, shape, axis + indices.length, data.length - 1 - axis);
    return shape;
  }
}
