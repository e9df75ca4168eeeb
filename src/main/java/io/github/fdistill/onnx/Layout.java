package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/**
 * Brings tensors into the order of axes, and the shape, that an op needs; those of several inputs
 * into one that needs the fewest transposes.
 */
record Layout(Nodes nodes) {

  Flow flow(Value value) {
    return value instanceof Flow flow ? flow : Flow.plain(nodes.held((Known) value), value.shape());
  }

  /**
   * The same with its reshaping done. Channels that stand behind stay there where only the axes
   * behind ONNX's first two are cut or joined: [N,C,H,W] to [N,C,HW], held as [N,HW,C].
   */
  Flow settled(Flow x) {
    if (x.isSettled()) {
      return x;
    }
    long[] core = x.core();
    long[] shape = x.shape();
    boolean channelsKept =
        core.length > 2
            && shape.length > 2
            && core[0] == shape[0]
            && core[1] == shape[1]
            && Arrays.equals(x.order(), Flow.channelsLast(core.length));
    if (channelsKept) {
      int[] order = Flow.channelsLast(shape.length);
      long[] sizes = Flow.ordered(x.tensor(), order, shape).sizes();
      return Flow.ordered(nodes.reshaped(x.tensor(), sizes), order, shape);
    }
    Flow plain = Flow.plain(inOrder(x.reshaped(core), Flow.plainOrder(core.length)), core);
    return Flow.plain(nodes.reshaped(plain.tensor(), shape), shape);
  }

  /** A tensor with its axes as ONNX has them. */
  Output<?> plain(Flow x) {
    Flow settled = settled(x);
    return inOrder(settled, Flow.plainOrder(settled.rank()));
  }

  /** A tensor with its axes in an order. */
  Output<?> inOrder(Flow x, int[] order) {
    Flow settled = settled(x);
    if (Arrays.equals(settled.order(), order)) {
      return settled.tensor();
    }
    int[] from = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      from[i] = settled.place(order[i]);
    }
    if (isOnlyReshaped(settled, from)) {
      long[] sizes = Flow.ordered(settled.tensor(), order, settled.shape()).sizes();
      return nodes.reshaped(settled.tensor(), sizes);
    }
    return nodes.transposed(settled.tensor(), from);
  }

  /** Whether only axes of size 1 change their places. */
  private static boolean isOnlyReshaped(Flow x, int[] from) {
    long[] sizes = x.sizes();
    int last = -1;
    for (int place : from) {
      if (sizes[place] != 1) {
        if (place < last) {
          return false;
        }
        last = place;
      }
    }
    return true;
  }

  /** Images [N,h,w,c] of ONNX's [N,c,h,w], and likewise of other ranks. */
  Output<?> channelsLast(Flow x) {
    return inOrder(x, Flow.channelsLast(x.rank()));
  }

  /**
   * Values as tensors that are combined number by number.
   *
   * @param tensors each of the full rank, or of one number
   * @param order of their axes
   */
  record Aligned(List<Output<?>> tensors, int[] order) {}

  /** Brings values into the order of the largest of them. */
  Aligned aligned(List<Value> values) {
    int rank = values.stream().mapToInt(Value::rank).max().orElse(0);
    int[] order = null;
    long most = -1;
    List<Flow> flows = new ArrayList<>();
    for (Value value : values) {
      Flow flow = settled(flow(value));
      flows.add(flow);
      long size = Arrays.stream(flow.shape()).map(Math::abs).reduce(1, (a, b) -> a * b);
      boolean better = size > most || size == most && !flow.isPlain();
      if (flow.rank() == rank && better) {
        order = flow.order();
        most = size;
      }
    }
    List<Output<?>> tensors = new ArrayList<>();
    for (Flow flow : flows) {
      tensors.add(
          Sizes.isOne(flow.shape()) && rank > 0 && flow.rank() < rank
              ? nodes.reshaped(flow.tensor())
              : inOrder(widened(flow, rank), order));
    }
    return new Aligned(tensors, order);
  }

  /** The same with axes of size 1 before its own. */
  private Flow widened(Flow x, int rank) {
    if (x.rank() == rank) {
      return x;
    }
    long[] shape = new long[rank];
    Arrays.fill(shape, 1);
    System.arraycopy(x.shape(), 0, shape, rank - x.rank(), x.rank());
    return Flow.plain(nodes.reshaped(plain(x), shape), shape);
  }

  /**
   * A tensor that was made.
   *
   * @param order of its axes
   * @param from what it was made of: where its size is not known, it grows with the batch as these
   *     do
   */
  Flow made(Call call, Output<?> tensor, int[] order, Value... from) {
    Shape found = tensor.shape();
    call.require(
        !found.isUnknown() && found.numDimensions() == order.length,
        "a result of shape " + found,
        "a result whose shape follows from the inputs'");
    long[] shape = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      long size = found.get(i);
      shape[order[i]] = size >= 0 ? size : growth(call, from);
    }
    return Flow.ordered(tensor, order, shape);
  }

  private static long growth(Call call, Value... from) {
    long growth = 0;
    for (Value value : from) {
      for (long size : value.shape()) {
        if (size < 0) {
          call.require(
              growth == 0 || growth == size,
              "sizes " + Sizes.text(new long[] {growth, size}),
              "inputs that grow with the batch alike");
          growth = size;
        }
      }
    }
    call.require(growth < 0, "a size that depends on values", "sizes that follow from shapes");
    return growth;
  }
}
