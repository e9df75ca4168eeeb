package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operation;
import org.tensorflow.Output;

/** Convolutions of images, in NHWC, and of lines. */
final class Convolutions {
  static final Map<String, Rule> RULES =
      Map.of(
          "Conv", Lines.also(Convolutions::convolution),
          "ConvTranspose", Lines.also(Convolutions::transposed));

  /** ONNX's kernels [out,in,h,w] as TensorFlow has them, [h,w,in,out]. */
  static final int[] KERNEL = {2, 3, 1, 0};

  private static final int[] LAST = Flow.channelsLast(4);

  private Convolutions() {}

  private static long[] sizes(Call call, Flow kernel) {
    int rank = kernel.rank();
    call.require(rank == 4, "kernels of rank " + rank, "rank 4, as the images have");
    return kernel.shape();
  }

  private static Value convolution(Call call) {
    Flow x = call.settled(0);
    Flow kernel = call.settled(1);
    long[] sizes = sizes(call, kernel);
    long groups = call.whole("group", 1);
    call.require(
        groups > 0 && x.shape()[1] == sizes[1] * groups && sizes[0] % groups == 0,
        Sizes.text(x.shape()) + " with kernels " + Sizes.text(sizes) + " in " + groups + " groups",
        "as many channels as the kernels take");
    Window asked = Window.of(call, x, new long[] {sizes[2], sizes[3]});
    boolean depthwise = groups > 1 && sizes[1] == 1 && asked.strides()[0] == asked.strides()[1];
    Window window = depthwise ? asked.dense() : asked;
    boolean same = window.isSame(x.shape()[2], x.shape()[3]);
    Output<?> images = call.layout().channelsLast(x);
    Output<?> padded = same ? images : padded(call, images, window);
    Output<?> weights = call.layout().inOrder(kernel, KERNEL);
    String padding = same ? "SAME" : "VALID";
    Output<?> made;
    if (groups == 1) {
      made = conv(call, "Conv2D", padded, weights, window, padding);
    } else if (depthwise) {
      Output<?> spread = spread(call, weights, asked, sizes[0]);
      long[] size = window.kernel();
      Output<?> each = call.nodes().reshaped(spread, size[0], size[1], groups, sizes[0] / groups);
      made = conv(call, "DepthwiseConv2dNative", padded, each, window, padding);
    } else {
      made = inGroups(call, padded, weights, window, padding, (int) groups);
    }
    return call.made(biased(call, made), LAST, x);
  }

  /**
   * The kernels of a {@link Window#dense} window: behind each number the zeros that a dilation
   * passes over. TensorFlow's own depthwise convolution does not know dilations, without a word.
   */
  private static Output<?> spread(Call call, Output<?> kernel, Window window, long channels) {
    long[] size = window.kernel();
    long[] by = window.dilations();
    if (by[0] == 1 && by[1] == 1) {
      return kernel;
    }
    Nodes nodes = call.nodes();
    Output<?> rows = nodes.reshaped(kernel, 1, size[0], 1, size[1] * channels);
    Output<?> tall = Padding.with(nodes, rows, new long[2], new long[] {0, by[0] - 1}, 0);
    Output<?> columns = nodes.reshaped(tall, 1, size[0] * by[0] * size[1], 1, channels);
    return Padding.with(nodes, columns, new long[2], new long[] {0, by[1] - 1}, 0);
  }

  private static Output<?> padded(Call call, Output<?> images, Window window) {
    return window.isPadded()
        ? Padding.with(call.nodes(), images, window.before(), window.after(), 0)
        : images;
  }

  private static Output<?> conv(
      Call call, String op, Output<?> images, Output<?> kernel, Window window, String padding) {
    return call.nodes()
        .op(
            op,
            builder ->
                builder
                    .setAttr("strides", window.ofImages(window.strides()))
                    .setAttr("dilations", window.ofImages(window.dilations()))
                    .setAttr("padding", padding),
            images,
            kernel);
  }

  private static Output<?> inGroups(
      Call call, Output<?> images, Output<?> kernel, Window window, String padding, int groups) {
    List<Output<?>> x = split(call, images, groups);
    List<Output<?>> w = split(call, kernel, groups);
    List<Output<?>> parts = new ArrayList<>();
    for (int i = 0; i < groups; i++) {
      parts.add(conv(call, "Conv2D", x.get(i), w.get(i), window, padding));
    }
    return call.nodes().listOp("ConcatV2", parts, call.nodes().number(3));
  }

  /** Equal parts of the last of four axes. */
  private static List<Output<?>> split(Call call, Output<?> tensor, int parts) {
    Output<?> axis = call.nodes().number(3);
    Operation made =
        call.nodes()
            .operation(
                "Split",
                builder -> builder.setAttr("num_split", (long) parts),
                builder -> builder.addInput(axis).addInput(tensor));
    List<Output<?>> outputs = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      outputs.add(made.output(i));
    }
    return outputs;
  }

  private static Output<?> biased(Call call, Output<?> images) {
    if (!call.has(2)) {
      return images;
    }
    Flow bias = call.settled(2);
    call.require(
        Arrays.equals(bias.shape(), new long[] {images.shape().get(3)}),
        "a bias " + Sizes.text(bias.shape()),
        "a number for each channel");
    return call.nodes().op("BiasAdd", images, bias.tensor());
  }

  /**
   * The gradient of a convolution by its input: of the one that would give these images. What it
   * gives beyond the padding is cut off.
   */
  private static Value transposed(Call call) {
    Flow x = call.settled(0);
    Flow kernel = call.settled(1); // [in, out / groups, h, w]
    long[] sizes = sizes(call, kernel);
    long groups = call.whole("group", 1);
    call.require(groups == 1, groups + " groups", "one group");
    call.require(
        x.shape()[1] == sizes[0],
        Sizes.text(x.shape()) + " with kernels " + Sizes.text(sizes),
        "as many channels as the kernels take");
    Window window = Window.of(call, x, new long[] {sizes[2], sizes[3]});
    call.require(
        call.text("auto_pad", "NOTSET").equals("NOTSET")
            && call.wholes("output_shape", (long[]) null) == null,
        "sizes of the output, or automatic padding",
        "pads and output_padding");
    call.require(
        Arrays.stream(window.dilations()).allMatch(d -> d == 1), "dilations", "none of them");
    long[] more = Window.two(call, "output_padding", 0);
    long[] full = new long[2];
    long[] cut = new long[2];
    for (int i = 0; i < 2; i++) {
      long stride = window.strides()[i];
      call.require(
          more[i] >= 0 && more[i] < stride, "output_padding " + more[i], "below the stride");
      full[i] = (x.shape()[2 + i] - 1) * stride + window.kernel()[i];
      cut[i] = full[i] + more[i] - window.before()[i] - window.after()[i];
      call.require(cut[i] > 0, "pads larger than the image", "smaller ones");
    }
    Output<?> images = call.layout().channelsLast(x);
    Output<?> weights = call.layout().inOrder(kernel, KERNEL);
    Output<?> made = back(call, images, weights, window, full, sizes[1]);
    Output<?> framed = framed(call, made, window.before(), cut, full);
    return call.made(biased(call, framed), LAST, x);
  }

  private static Output<?> back(
      Call call, Output<?> images, Output<?> kernel, Window window, long[] full, long channels) {
    Nodes nodes = call.nodes();
    List<Output<?>> sizes =
        List.of(
            nodes.first(nodes.op("Shape", images)),
            nodes.number(full[0]),
            nodes.number(full[1]),
            nodes.number(channels));
    return nodes.op(
        "Conv2DBackpropInput",
        builder ->
            builder
                .setAttr("strides", window.ofImages(window.strides()))
                .setAttr("padding", "VALID"),
        nodes.listOp("Pack", sizes),
        kernel,
        images);
  }

  /** The part of images that begins at a pixel; zeros where it goes on beyond them. */
  private static Output<?> framed(
      Call call, Output<?> images, long[] from, long[] size, long[] full) {
    Nodes nodes = call.nodes();
    long[] beyond = new long[2];
    long[] count = new long[2];
    for (int i = 0; i < 2; i++) {
      beyond[i] = Math.max(0, from[i] + size[i] - full[i]);
      count[i] = size[i] - beyond[i];
    }
    Output<?> cut = images;
    if (count[0] != full[0] || count[1] != full[1]) {
      cut =
          nodes.op(
              "Slice",
              images,
              nodes.ints(0, from[0], from[1], 0),
              nodes.ints(-1, count[0], count[1], -1));
    }
    return beyond[0] + beyond[1] == 0 ? cut : Padding.with(nodes, cut, new long[2], beyond, 0);
  }
}
