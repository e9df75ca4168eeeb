package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/**
 * Resize, axis by axis: each pixel of the result is a weighted sum of pixels, whatever the mode, so
 * that a product with a matrix gives it exactly. Where whole numbers of pixels are repeated, or a
 * TensorFlow op does the same, that is taken.
 */
final class Resizing {
  static final Map<String, Rule> RULES = Map.of("Resize", Rule.of(Resizing::resize));

  private static final long MOST = 1 << 14;

  private Resizing() {}

  private static Value resize(Call call) {
    Flow x = call.settled(0);
    int rank = x.rank();
    int[] axes =
        call.wholes("axes", (long[]) null) == null
            ? Flow.plainOrder(rank)
            : call.axes(call.wholes("axes", new long[0]), rank);
    boolean byScale = call.has(2) && call.known(2).count() > 0;
    Known given = byScale ? call.known(2) : call.known(3);
    call.require(
        given.count() == axes.length
            && call.text("keep_aspect_ratio_policy", "stretch").equals("stretch"),
        given.count() + " sizes, or a ratio that is kept",
        "a size or scale for each axis");
    if (x.rank() == 4) {
      x = Flow.ordered(call.layout().channelsLast(x), Flow.channelsLast(4), x.shape());
    }
    List<Resampling> changes = new ArrayList<>();
    for (int i = 0; i < axes.length; i++) {
      changes.add(change(call, x.shape()[axes[i]], given, i, byScale));
    }
    if (changes.stream().allMatch(each -> each == null || each.to() == each.from())) {
      return x; // As ONNX Runtime does, also where a scale is not 1.
    }
    Flow result = x;
    for (int i = 0; i < axes.length; i++) {
      if (changes.get(i) != null) {
        result = axis(call, result, axes[i], changes.get(i));
      }
    }
    return result;
  }

  /** What becomes of an axis of this size; null where it stays. */
  private static Resampling change(Call call, long size, Known given, int i, boolean byScale) {
    double scale = given.values()[i];
    boolean perImage = given.perImage()[i];
    if (size < 0 || perImage) {
      boolean asMany = perImage || call.single() && size == -1;
      boolean kept = byScale ? scale == 1 && !perImage : asMany && scale == -size;
      call.require(kept, "another number of images", "images of another size");
      return null;
    }
    // In float32, as ONNX has it: ten times 0.7f are 7 there, and less in double.
    long wanted = byScale ? (long) Math.floor((float) size * (float) scale) : given.whole(i);
    call.require(wanted > 0 && wanted <= MOST, "the size " + wanted, "1 to " + MOST);
    double ratio = byScale ? scale : (double) wanted / size;
    return wanted != size || ratio != 1 ? new Resampling(size, wanted, ratio) : null;
  }

  private static Flow axis(Call call, Flow x, int axis, Resampling change) {
    double[][] weights = change.weights(call);
    double[] picked = new double[weights.length];
    boolean onlyPicked = true;
    for (int i = 0; i < weights.length; i++) {
      int largest = 0;
      for (int j = 0; j < weights[i].length; j++) {
        largest = weights[i][j] > weights[i][largest] ? j : largest;
      }
      picked[i] = largest;
      onlyPicked &= weights[i][largest] == 1;
    }
    if (!onlyPicked) {
      return product(call, x, axis, weights);
    }
    long times = change.to() / change.from();
    boolean repeated = times * change.from() == change.to();
    for (int i = 0; i < picked.length; i++) {
      repeated &= picked[i] == i / Math.max(1, times);
    }
    return repeated ? repeated(call, x, axis, times) : Padding.along(call, x, axis, picked);
  }

  /** Each pixel several times, by repeating an axis of size 1 that is put behind it. */
  private static Flow repeated(Call call, Flow x, int axis, long times) {
    Nodes nodes = call.nodes();
    long[] sizes = x.sizes();
    int place = x.place(axis);
    long[] wide = Shapes.gathered(sizes, place, new long[] {sizes[place], 1});
    long[] repeats = new long[wide.length];
    Arrays.fill(repeats, 1);
    repeats[place + 1] = times;
    Output<?> tiled = nodes.op("Tile", nodes.reshaped(x.tensor(), wide), nodes.ints(repeats));
    long[] shape = x.shape().clone();
    shape[axis] *= times;
    long[] joined = Flow.ordered(x.tensor(), x.order(), shape).sizes();
    return Flow.ordered(nodes.reshaped(tiled, joined), x.order(), shape);
  }

  /**
   * The axis by a matrix [from,to], in front of which all others are rows or stand on their own.
   */
  private static Flow product(Call call, Flow x, int axis, double[][] weights) {
    Nodes nodes = call.nodes();
    int from = weights[0].length;
    double[] matrix = new double[from * weights.length];
    for (int i = 0; i < weights.length; i++) {
      System.arraycopy(weights[i], 0, matrix, i * from, from);
    }
    Output<?> sums =
        nodes.constant(new Known(DataType.DT_FLOAT, new long[] {weights.length, from}, matrix));
    long[] sizes = x.sizes();
    int place = x.place(axis);
    long before = product(sizes, 0, place);
    long behind = product(sizes, place + 1, sizes.length);
    Output<?> rows = nodes.reshaped(x.tensor(), before, from, behind);
    Output<?> made = nodes.op("BatchMatMulV2", sums, rows);
    long[] shape = x.shape().clone();
    shape[axis] = weights.length;
    long[] joined = Flow.ordered(x.tensor(), x.order(), shape).sizes();
    return Flow.ordered(nodes.reshaped(made, joined), x.order(), shape);
  }

  private static long product(long[] sizes, int start, int end) {
    return Sizes.product(Arrays.copyOfRange(sizes, start, end)).orElseThrow();
  }
}
