package io.github.fdistill.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A file that was exported for one image, and is now for N. What it says of the one holds for each,
 * apart from the others: one axis of a tensor grows, of size c to c N, and has the c numbers of an
 * image side by side. Ops that would mix them are refused.
 */
final class OneImage {
  /** Their first axis is of images, all others of what is within one. */
  private static final Set<String> WITHIN =
      Set.of(
          "Conv",
          "ConvTranspose",
          "MaxPool",
          "AveragePool",
          "DepthToSpace",
          "SpaceToDepth",
          "InstanceNormalization",
          "GroupNormalization");

  private OneImage() {}

  /** Where an axis grows; -1 where none does. */
  private static int growing(long[] shape) {
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] < 0) {
        return i;
      }
    }
    return -1;
  }

  private static long before(long[] sizes, int axis) {
    return Arrays.stream(sizes).limit(axis).map(Math::abs).reduce(1, Math::multiplyExact);
  }

  /**
   * Which axis of a Reshape grows. A file says only what it is for one image: the sizes are
   * followed to the axis that holds the same numbers.
   *
   * @param shape what is reshaped
   * @param one the sizes for one image, one or more
   */
  static int place(long[] shape, long[] one) {
    int from = growing(shape);
    long before = before(shape, from);
    long each = -shape[from];
    int alone = -1; // The batch of this one image, beside what was joined with it.
    int kept = -1;
    int any = -1;
    int joined = 0;
    for (int i = 0; i < one.length; i++) {
      long here = before(one, i);
      boolean beside = here == before || here == before * each;
      alone = one[i] == 1 && beside && (alone < 0 || i <= from) ? i : alone;
      kept = here == before && each > 1 && one[i] == each ? i : kept;
      any = one[i] == 1 && any < 0 ? i : any;
      joined = here == before && i < one.length - 1 ? i : joined; // Last are features.
    }
    return alone >= 0 ? alone : kept >= 0 ? kept : any >= 0 ? any : joined;
  }

  /** The same numbers in a shape of which one axis grows: those of each image stay together. */
  static Flow reshaped(Call call, Flow x, long[] target) {
    int from = growing(x.shape());
    int to = growing(target);
    if (!call.single() || from < 0 || to < 0) {
      return x.reshaped(target);
    }
    long before = before(x.shape(), from);
    long then = before(target, to);
    if (before == then) {
      return x.reshaped(target);
    }
    long all = before(target, target.length);
    int[] changed = {1, 0, 2};
    Flow apart = call.layout().settled(x.reshaped(before, -1, all / before));
    Flow images =
        call.layout().settled(Shapes.turned(apart, changed).reshaped(-1, then, all / then));
    return Shapes.turned(images, changed).reshaped(target);
  }

  /** An axis of c N as two: N, and c of each image. */
  static Flow split(Flow x, int axis) {
    long[] two = {-1, -x.shape()[axis]};
    return x.reshaped(Shapes.gathered(x.shape(), axis, two));
  }

  /** The axes N and c as one of c N. */
  static Flow joined(Flow x, int axis) {
    long[] shape = Shapes.dropped(x.shape(), axis);
    shape[axis] = -shape[axis];
    return x.reshaped(shape);
  }

  /** Refuses an op that would compute one image's numbers of another's. */
  static void requireApart(Call call) {
    String op = call.node().op();
    switch (op) {
      case "Softmax", "LogSoftmax", "CumSum", "Split", "Concat" -> {
        for (int i = 0; i < (op.equals("Concat") ? call.inputs().size() : 1); i++) {
          long[] shape = call.value(i).shape();
          if (Sizes.anyOpen(shape)) {
            requireFixed(call, shape, along(call, shape.length));
          }
        }
      }
      case "Tile" -> {
        long[] times = call.wholes(1);
        for (int i = 0; i < Math.min(times.length, call.value(0).rank()); i++) {
          if (times[i] != 1) {
            requireFixed(call, call.value(0).shape(), i);
          }
        }
      }
      case "Gather" -> {
        if (call.value(1).rank() == 0) {
          int rank = call.value(0).rank();
          requireFixed(call, call.value(0).shape(), call.axis(call.whole("axis", 0), rank));
        }
      }
      case "GatherND" -> {
        long[] index = call.value(1).shape();
        long reached = call.whole("batch_dims", 0) + Math.abs(index[index.length - 1]);
        for (int i = 0; i < Math.min(reached, call.value(0).rank()); i++) {
          requireFixed(call, call.value(0).shape(), i);
        }
      }
      case "Einsum" -> requireKept(call);
      default -> {
        for (int i = 1; WITHIN.contains(op) && i < call.value(0).rank(); i++) {
          requireFixed(call, call.value(0).shape(), i);
        }
      }
    }
  }

  /** Refuses what came of an op where it pairs each image with each. */
  static void requireApart(Call call, List<Value> results) {
    for (Value value : results) {
      long axes = Arrays.stream(value.shape()).filter(size -> size < 0).count();
      call.require(axes < 2, "each image with each: " + Sizes.text(value.shape()), "each apart");
    }
  }

  private static int along(Call call, int rank) {
    if (call.node().op().equals("CumSum")) {
      return call.axis(call.whole(1), rank);
    }
    boolean last = call.node().op().endsWith("Softmax");
    return call.axis(call.whole("axis", !last ? 0 : call.opset() < 13 ? 1 : -1), rank);
  }

  private static void requireFixed(Call call, long[] shape, int axis) {
    call.require(
        shape[axis] >= 0,
        "along axis " + axis + " of " + Sizes.text(shape) + ", that of the images",
        "an axis of each image's");
  }

  /** An axis that a sum goes along is in no output. */
  private static void requireKept(Call call) {
    String[] sides = call.text("equation", "").replace(" ", "").split("->", -1);
    String[] from = sides[0].split(",", -1);
    for (int i = 0; i < Math.min(from.length, call.inputs().size()); i++) {
      long[] shape = call.value(i).shape();
      for (int axis = 0; axis < Math.min(shape.length, from[i].length()); axis++) {
        if (sides[sides.length - 1].indexOf(from[i].charAt(axis)) < 0) {
          requireFixed(call, shape, axis);
        }
      }
    }
  }
}
