package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.tensorflow.proto.DataType;

/** Numbers that are known, picked, joined and repeated at import. */
final class KnownMoves {
  private KnownMoves() {}

  static Optional<List<Value>> of(Call call) {
    return switch (call.node().op()) {
      case "Reshape" -> one(call.known(0).reshaped(Shapes.target(call)));
      case "Flatten", "Squeeze", "Unsqueeze" -> one(call.known(0).reshaped(Shapes.onPaper(call)));
      case "Gather" -> one(gather(call, call.known(0), call.known(1)));
      case "Concat" -> one(concat(call));
      case "Slice" -> one(slice(call, call.known(0)));
      case "Transpose" -> one(transpose(call, call.known(0)));
      case "Expand" -> one(expand(call));
      case "ConstantOfShape" -> one(filled(call));
      case "Range" -> one(range(call));
      case "Trilu" -> one(triangle(call, call.known(0)));
      case "ScatterElements", "ScatterND" -> one(KnownScatters.of(call));
      case "ReduceProd", "ReduceSum", "ReduceMin", "ReduceMax" -> one(reduced(call));
      default -> Optional.empty();
    };
  }

  private static Optional<List<Value>> one(Known known) {
    return known == null ? Optional.empty() : Optional.of(List.of(known));
  }

  /** How many numbers a shape has; -1 of those that grow with the batch, or are too many. */
  static int count(long[] shape) {
    long count = 1;
    for (long size : shape) {
      if (size < 0) {
        return -1;
      }
      count = Math.multiplyExact(count, size);
      if (count > Numbers.MOST) {
        return -1;
      }
    }
    return (int) count;
  }

  /** Where the number of an index lies in what is repeated to the shape. */
  static int repeated(int index, long[] shape, long[] of) {
    int at = 0;
    int stride = 1;
    int rest = index;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      int i = (int) (rest % shape[axis]);
      rest /= (int) shape[axis];
      int own = axis - shape.length + of.length;
      if (own >= 0) {
        at += of[own] == 1 ? 0 : i * stride;
        stride *= (int) of[own];
      }
    }
    return at;
  }

  private static Known picked(Known from, long[] shape, IntUnaryOperator index) {
    int count = count(shape);
    if (count < 0) {
      return null;
    }
    int[] indices = new int[count];
    Arrays.setAll(indices, index);
    return from.picked(shape, indices);
  }

  private static Known gather(Call call, Known data, Known indices) {
    if (indices.anyPerImage()) {
      return null;
    }
    int axis = call.axis(call.whole("axis", 0), data.rank());
    long size = data.shape()[axis];
    int inner = count(Arrays.copyOfRange(data.shape(), axis + 1, data.rank()));
    int each = indices.count() * inner;
    return picked(
        data,
        Shapes.gathered(data.shape(), axis, indices.shape()),
        i -> {
          int from = index(call, indices, i % each / inner, size);
          return (i / each * (int) size + from) * inner + i % inner;
        });
  }

  /** One of indices into an axis, of which those below 0 count from its end. */
  static int index(Call call, Known indices, int i, long size) {
    long index = indices.whole(i);
    call.require(index >= -size && index < size, "index " + index + " of " + size, "one within");
    return (int) (index < 0 ? index + size : index);
  }

  private static Known concat(Call call) {
    List<Known> parts = new ArrayList<>();
    for (int i = 0; i < call.inputs().size(); i++) {
      parts.add(call.known(i));
    }
    int axis = call.axis(call.whole("axis", 0), parts.get(0).rank());
    long[] shape = Joins.joined(call, parts, axis);
    int total = count(shape);
    if (total < 0) {
      return null;
    }
    double[] values = new double[total];
    boolean[] perImage = new boolean[total];
    int rows = count(Arrays.copyOf(shape, axis));
    int at = 0;
    for (int row = 0; row < rows; row++) {
      for (Known part : parts) {
        int length = part.count() / rows;
        System.arraycopy(part.values(), row * length, values, at, length);
        System.arraycopy(part.perImage(), row * length, perImage, at, length);
        at += length;
      }
    }
    return new Known(parts.get(0).type(), shape, values, perImage);
  }

  private static Known slice(Call call, Known data) {
    Slices slices = Slices.of(call, data.shape());
    long[] shape = slices.shape();
    return picked(
        data,
        shape,
        i -> {
          int at = 0;
          int stride = 1;
          int rest = i;
          for (int axis = shape.length - 1; axis >= 0; axis--) {
            long index = slices.starts()[axis] + rest % shape[axis] * slices.steps()[axis];
            at += (int) index * stride;
            rest /= (int) shape[axis];
            stride *= (int) data.shape()[axis];
          }
          return at;
        });
  }

  private static Known transpose(Call call, Known data) {
    int[] order = Shapes.order(call, data.rank());
    long[] shape = new long[order.length];
    int[] strides = new int[order.length];
    for (int axis = 0; axis < order.length; axis++) {
      shape[axis] = data.shape()[order[axis]];
      strides[axis] = count(Arrays.copyOfRange(data.shape(), order[axis] + 1, order.length));
    }
    return picked(
        data,
        shape,
        i -> {
          int at = 0;
          int rest = i;
          for (int axis = shape.length - 1; axis >= 0; axis--) {
            at += (int) (rest % shape[axis]) * strides[axis];
            rest /= (int) shape[axis];
          }
          return at;
        });
  }

  private static Known expand(Call call) {
    Known data = call.known(0);
    long[] shape = Sizes.broadcast(data.shape(), Shapes.sizes(call, 1));
    return shape == null ? null : picked(data, shape, i -> repeated(i, shape, data.shape()));
  }

  private static Known filled(Call call) {
    long[] shape = Shapes.sizes(call, 0);
    Known value = Shapes.filling(call);
    return picked(value, shape, i -> 0);
  }

  private static Known range(Call call) {
    Known start = call.one(0);
    Known limit = call.one(1);
    Known step = call.one(2);
    if (start.anyPerImage() || limit.anyPerImage() || step.anyPerImage()) {
      return null;
    }
    double from = start.values()[0];
    double by = step.values()[0];
    double count = Math.max(0, Math.ceil((limit.values()[0] - from) / by));
    if (!(count <= Numbers.MOST)) {
      return null;
    }
    double[] values = new double[(int) count];
    Arrays.setAll(values, i -> Folding.rounded(from + i * by, start.type()));
    return new Known(start.type(), new long[] {values.length}, values);
  }

  private static Known triangle(Call call, Known data) {
    int rank = data.rank();
    if (rank < 2) {
      return null;
    }
    long k = call.has(1) ? call.whole(1) : 0;
    boolean upper = call.whole("upper", 1) == 1;
    long columns = data.shape()[rank - 1];
    long rows = data.shape()[rank - 2];
    double[] values = data.values().clone();
    for (int i = 0; i < values.length; i++) {
      long off = i % columns - i / columns % rows - k;
      if (upper ? off < 0 : off > 0) {
        values[i] = 0;
      }
    }
    return new Known(data.type(), data.shape(), values);
  }

  /** Of all numbers of a vector of sizes. */
  private static Known reduced(Call call) {
    Known data = call.known(0);
    if (data.rank() != 1 || data.type() == DataType.DT_FLOAT || data.count() == 0) {
      return null;
    }
    String op = call.node().op();
    long[] sizes = new long[data.count()];
    Arrays.setAll(sizes, i -> data.perImage()[i] ? -data.whole(i) : data.whole(i));
    boolean plain = !data.anyPerImage() && Arrays.stream(sizes).allMatch(size -> size >= 0);
    long[] keep = call.whole("keepdims", 1) == 1 ? new long[] {1} : new long[0];
    if (op.equals("ReduceProd")) {
      boolean possible = plain || Arrays.stream(data.values()).allMatch(value -> value >= 0);
      var product = possible ? Sizes.product(sizes) : java.util.OptionalLong.empty();
      return product.isPresent() ? Known.ofSizes(product.getAsLong()).reshaped(keep) : null;
    }
    if (!plain) {
      return null;
    }
    var numbers = Arrays.stream(sizes);
    double value =
        switch (op) {
          case "ReduceSum" -> numbers.sum();
          case "ReduceMin" -> numbers.min().getAsLong();
          default -> numbers.max().getAsLong();
        };
    return new Known(data.type(), keep, new double[] {value});
  }
}
