package io.github.fdistill.onnx;

import java.util.Arrays;
import java.util.Map;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Pools of images, in NHWC, and of lines, and ops that turn channels into pixels and back. */
final class Pools {
  static final Map<String, Rule> RULES =
      Map.of(
          "MaxPool", Lines.also(Pools::largest),
          "AveragePool", Lines.also(Pools::mean),
          "DepthToSpace", Rule.of(Pools::depthToSpace),
          "SpaceToDepth", Rule.of(Pools::spaceToDepth));

  private static final int[] LAST = Flow.channelsLast(4);

  private Pools() {}

  private static Window window(Call call, Flow x) {
    long[] kernel = call.wholes("kernel_shape", (long[]) null);
    call.require(kernel != null, "no kernel_shape", "one");
    Window window = Window.of(call, x, kernel);
    call.require(
        Arrays.stream(window.dilations()).allMatch(d -> d == 1), "dilations", "none of them");
    return window;
  }

  /** With the pixels that a last, partial place takes. */
  private static Window rounded(Call call, Flow x, Window window) {
    boolean partial = call.whole("ceil_mode", 0) == 1;
    return partial ? window.rounded(x.shape()[2], x.shape()[3]) : window;
  }

  private static Output<?> pool(Call call, String op, Output<?> images, Window w, boolean same) {
    return call.nodes()
        .op(
            op,
            builder ->
                builder
                    .setAttr("ksize", w.ofImages(w.kernel()))
                    .setAttr("strides", w.ofImages(w.strides()))
                    .setAttr("padding", same ? "SAME" : "VALID"),
            images);
  }

  private static Value largest(Call call) {
    Flow x = call.settled(0);
    Window window = rounded(call, x, window(call, x));
    boolean same = window.isSame(x.shape()[2], x.shape()[3]);
    Output<?> images = call.layout().channelsLast(x);
    Output<?> padded =
        same || !window.isPadded()
            ? images
            : Padding.with(call.nodes(), images, window.before(), window.after(), -Float.MAX_VALUE);
    return call.made(pool(call, "MaxPool", padded, window, same), LAST, x);
  }

  /** Of what lies within the image, or within its padding too. */
  private static Value mean(Call call) {
    Flow x = call.settled(0);
    Window exact = window(call, x);
    Window window = rounded(call, x, exact);
    boolean padding = call.whole("count_include_pad", 0) == 1;
    long height = x.shape()[2];
    long width = x.shape()[3];
    boolean same = window.isSame(height, width) && !(padding && window.isPadded());
    Output<?> images = call.layout().channelsLast(x);
    if (same || !window.isPadded()) {
      return call.made(pool(call, "AvgPool", images, window, same), LAST, x);
    }
    Nodes nodes = call.nodes();
    Output<?> padded = Padding.with(nodes, images, window.before(), window.after(), 0);
    Output<?> means = pool(call, "AvgPool", padded, window, false);
    double[] rows = shares(window, 0, height, padding ? exact.after()[0] : 0, padding);
    double[] columns = shares(window, 1, width, padding ? exact.after()[1] : 0, padding);
    double[] factors = new double[rows.length * columns.length];
    Arrays.setAll(factors, i -> 1 / (rows[i / columns.length] * columns[i % columns.length]));
    Known factor =
        new Known(DataType.DT_FLOAT, new long[] {1, rows.length, columns.length, 1}, factors);
    Output<?> made = factor.isAll(1) ? means : nodes.op("Mul", means, nodes.constant(factor));
    return call.made(made, LAST, x);
  }

  /** At each place, what part of the window lies on pixels that count. */
  private static double[] shares(Window w, int i, long size, long below, boolean padding) {
    long from = padding ? -w.before()[i] : 0;
    long to = size + below;
    long places = (w.before()[i] + size + w.after()[i] - w.kernel()[i]) / w.strides()[i] + 1;
    double[] shares = new double[(int) places];
    for (int place = 0; place < shares.length; place++) {
      long start = place * w.strides()[i] - w.before()[i];
      long end = Math.min(to, start + w.kernel()[i]);
      shares[place] = (double) (end - Math.max(from, start)) / w.kernel()[i];
    }
    return shares;
  }

  private static long block(Call call, boolean fits) {
    long block = call.whole("blocksize", 0);
    call.require(block > 1 && block < 1 << 10 && fits, "blocks of " + block, "2 or more");
    return block;
  }

  private static Value depthToSpace(Call call) {
    Flow x = call.settled(0);
    long block = block(call, x.rank() == 4 && x.shape()[1] > 0);
    long channels = x.shape()[1] / (block * block);
    if (call.text("mode", "DCR").equals("CRD")) { // Of one channel all its pixels, then the next.
      double[] indices = new double[(int) x.shape()[1]];
      Arrays.setAll(indices, i -> i % channels * block * block + i / channels);
      x = Padding.along(call, x, 1, indices);
    }
    return blocks(call, "DepthToSpace", x, block);
  }

  private static Value spaceToDepth(Call call) {
    Flow x = call.settled(0);
    return blocks(call, "SpaceToDepth", x, block(call, x.rank() == 4));
  }

  private static Value blocks(Call call, String op, Flow x, long block) {
    Output<?> made =
        call.nodes()
            .op(op, builder -> builder.setAttr("block_size", block), call.layout().channelsLast(x));
    return call.made(made, LAST, x);
  }
}
