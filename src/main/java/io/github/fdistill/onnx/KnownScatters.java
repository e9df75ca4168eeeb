package io.github.fdistill.onnx;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/** Numbers that are known, of which some are replaced at import by others that are known. */
final class KnownScatters {
  private KnownScatters() {}

  /** What a ScatterND or ScatterElements gives; null of what is too large, or grows. */
  static Known of(Call call) {
    Known data = call.known(0);
    Known indices = call.known(1);
    Known updates = call.known(2);
    String reduction = call.text("reduction", "none");
    call.require(reduction.equals("none"), "reduction " + reduction, "numbers that are replaced");
    boolean elements = call.node().op().equals("ScatterElements");
    long[] expected = elements ? indices.shape() : replaced(call, data, indices);
    call.require(
        data.rank() > 0
            && Arrays.equals(expected, updates.shape())
            && (!elements || updates.rank() == data.rank()),
        "updates " + Sizes.text(updates.shape()) + " of " + Sizes.text(data.shape()),
        "as many as its indices " + Sizes.text(indices.shape()) + " say");
    if (KnownMoves.count(data.shape()) < 0
        || KnownMoves.count(updates.shape()) < 0
        || indices.anyPerImage()) {
      return null;
    }
    IntUnaryOperator place =
        elements ? alongAxis(call, data, indices) : byTuples(call, data, indices);
    double[] values = data.values().clone();
    boolean[] perImage = data.perImage().clone();
    for (int i = 0; i < updates.count(); i++) {
      int at = place.applyAsInt(i);
      values[at] = updates.values()[i];
      perImage[at] = updates.perImage()[i];
    }
    return new Known(data.type(), data.shape(), values, perImage);
  }

  /** The shape of updates of a ScatterND: for each tuple of indices, what stands there. */
  private static long[] replaced(Call call, Known data, Known indices) {
    int rank = indices.rank();
    long length = rank == 0 ? -1 : indices.shape()[rank - 1];
    call.require(
        length >= 0 && length <= data.rank(),
        "indices " + Sizes.text(indices.shape()) + " into " + Sizes.text(data.shape()),
        "no more than the data has axes");
    long[] each = Arrays.copyOfRange(data.shape(), (int) length, data.rank());
    long[] shape = Arrays.copyOf(indices.shape(), rank - 1 + each.length);
    System.arraycopy(each, 0, shape, rank - 1, each.length);
    return shape;
  }

  /** Where the update of an index of a ScatterND goes. */
  private static IntUnaryOperator byTuples(Call call, Known data, Known indices) {
    int length = (int) indices.shape()[indices.rank() - 1];
    int each = KnownMoves.count(Arrays.copyOfRange(data.shape(), length, data.rank()));
    return i -> {
      int at = 0;
      for (int axis = 0; axis < length; axis++) {
        long size = data.shape()[axis];
        at = at * (int) size + KnownMoves.index(call, indices, i / each * length + axis, size);
      }
      return at * each + i % each;
    };
  }

  /** Where the update of an index of a ScatterElements goes: along one axis it is told. */
  private static IntUnaryOperator alongAxis(Call call, Known data, Known indices) {
    int told = call.axis(call.whole("axis", 0), data.rank());
    return i -> {
      int at = 0;
      int stride = 1;
      int rest = i;
      for (int axis = data.rank() - 1; axis >= 0; axis--) {
        long size = data.shape()[axis];
        int own = rest % (int) indices.shape()[axis];
        rest /= (int) indices.shape()[axis];
        call.require(axis == told || own < size, "more indices than data", "no more");
        at += stride * (axis == told ? KnownMoves.index(call, indices, i, size) : own);
        stride *= (int) size;
      }
      return at;
    };
  }
}
