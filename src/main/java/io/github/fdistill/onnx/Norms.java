package io.github.fdistill.onnx;

import static io.github.fdistill.onnx.Elementwise.two;
import static io.github.fdistill.onnx.Elementwise.with;

import java.util.Arrays;
import java.util.Map;
import org.tensorflow.Output;

/** Normalisations. */
final class Norms {
  static final Map<String, Rule> RULES =
      Map.of(
          "LayerNormalization",
          Rule.of(Norms::layer),
          "InstanceNormalization",
          Rule.of(Norms::instance),
          "GroupNormalization",
          Rule.of(Norms::group),
          "BatchNormalization",
          Rule.of(Norms::batch));

  private Norms() {}

  /** (x - mean) / sqrt(variance + epsilon) along axes from the given one on. */
  private static Value layer(Call call) {
    Flow x = call.settled(0);
    int first = call.axis(call.whole("axis", -1), x.rank());
    int[] axes = new int[x.rank() - first];
    Arrays.setAll(axes, i -> first + i);
    Flow centred = two(call, "Sub", x, Reductions.reduced(call, "Mean", x, axes, true));
    Flow squares = centred.with(call.nodes().op("Square", centred.tensor()));
    Flow variance = Reductions.reduced(call, "Mean", squares, axes, true);
    Flow normal = two(call, "Mul", centred, inverse(call, variance));
    Flow scaled = call.has(1) ? scaled(call, normal, call.value(1)) : normal;
    return call.has(2) ? shifted(call, scaled, call.value(2)) : scaled;
  }

  private static Flow inverse(Call call, Flow variance) {
    Flow safe = with(call, "AddV2", variance, call.number("epsilon", 1e-5));
    return safe.with(call.nodes().op("Rsqrt", safe.tensor()));
  }

  private static Flow scaled(Call call, Flow x, Value scale) {
    return scale instanceof Known known && known.isAll(1) ? x : two(call, "Mul", x, scale);
  }

  private static Flow shifted(Call call, Flow x, Value bias) {
    return bias instanceof Known known && known.isAll(0) ? x : two(call, "AddV2", x, bias);
  }

  private static Value instance(Call call) {
    Flow x = call.flow(0);
    call.require(x.rank() > 2 && x.shape()[1] > 0, Sizes.text(x.shape()), "images");
    return grouped(call, x, x.shape()[1]);
  }

  private static Value group(Call call) {
    Flow x = call.flow(0);
    long groups = call.whole("num_groups", 0);
    call.require(
        groups > 0 && x.rank() > 1 && x.shape()[1] % groups == 0,
        groups + " groups of " + Sizes.text(x.shape()),
        "channels in groups of one size");
    return grouped(call, x, groups);
  }

  /**
   * Normalises groups of channels, each over its pixels too. Where [N,C,...] was reshaped to
   * [N,groups,...] on paper, as exporters write a group norm, the images stay as they are.
   */
  private static Flow grouped(Call call, Flow x, long groups) {
    long[] core = x.core();
    boolean images =
        core.length >= 2 && core[0] == x.shape()[0] && core[1] > 0 && core[1] % groups == 0;
    Flow whole = images ? x.reshaped(core) : call.layout().settled(x);
    Output<?> last = call.layout().channelsLast(whole);
    Output<?> normal = normal(call, last, whole.shape(), groups);
    long channels = whole.shape()[1];
    Output<?> scaled = vector(call, "Mul", normal, 1, channels, 1);
    Output<?> shifted = vector(call, "AddV2", scaled, 2, channels, 0);
    int[] order = Flow.channelsLast(whole.rank());
    return Flow.ordered(shifted, order, whole.shape()).reshaped(x.shape());
  }

  /** Means of means of equal size: over the pixels, then over the channels of a group. */
  private static Output<?> normal(Call call, Output<?> last, long[] shape, long groups) {
    Nodes nodes = call.nodes();
    Output<?> centred = nodes.op("Sub", last, means(nodes, last, shape, groups));
    Output<?> variance = means(nodes, nodes.op("Square", centred), shape, groups);
    Output<?> safe = nodes.op("AddV2", variance, nodes.real(call.number("epsilon", 1e-5)));
    return nodes.op("Mul", centred, nodes.op("Rsqrt", safe));
  }

  private static Output<?> means(Nodes nodes, Output<?> last, long[] shape, long groups) {
    long each = shape[1] / groups;
    Output<?> ofChannels = last;
    if (shape.length > 2) {
      long[] pixels = new long[shape.length - 2];
      Arrays.setAll(pixels, i -> i + 1);
      ofChannels = Reductions.kept(nodes, "Mean", last, nodes.ints(pixels));
    }
    if (each == 1) {
      return ofChannels;
    }
    Output<?> inGroups = nodes.reshaped(ofChannels, shape[0], groups, each);
    Output<?> ofGroups = Reductions.kept(nodes, "Mean", inGroups, nodes.ints(2));
    Output<?> repeated = nodes.op("Mul", ofGroups, ones(nodes, each));
    long[] sizes = new long[shape.length];
    Arrays.fill(sizes, 1);
    sizes[0] = shape[0];
    sizes[shape.length - 1] = shape[1];
    return nodes.reshaped(repeated, sizes);
  }

  private static Output<?> ones(Nodes nodes, long count) {
    double[] ones = new double[Math.toIntExact(count)];
    Arrays.fill(ones, 1);
    return nodes.constant(
        new Known(org.tensorflow.proto.DataType.DT_FLOAT, new long[] {count}, ones));
  }

  /** With a vector for each channel, or for each group. */
  private static Output<?> vector(
      Call call, String op, Output<?> last, int input, long channels, double neutral) {
    Value value = call.value(input);
    if (value instanceof Known known && known.isAll(neutral)) {
      return last;
    }
    Nodes nodes = call.nodes();
    Output<?> vector = call.layout().plain(call.flow(input));
    long count = value.rank() == 1 ? value.shape()[0] : -1;
    call.require(
        count > 0 && channels % count == 0,
        Sizes.text(value.shape()) + " for " + channels + " channels",
        "a number for each");
    if (count < channels) {
      Output<?> column = nodes.reshaped(vector, count, 1);
      vector = nodes.reshaped(nodes.op("Mul", column, ones(nodes, channels / count)), channels);
    }
    return nodes.op(op, last, vector);
  }

  /** As it is drawn from, by moments that are known: a (x - mean) / sqrt(variance + e) + b. */
  private static Value batch(Call call) {
    // Before opset 14, outputs beside the first one say it.
    boolean alone = call.node().outputs().stream().skip(1).allMatch(String::isEmpty);
    call.requireInference(call.whole("training_mode", 0) == 0 && (alone || call.opset() >= 14));
    Flow x = call.settled(0);
    call.require(x.rank() > 1 && x.shape()[1] > 0, Sizes.text(x.shape()), "channels");
    Output<?> last = call.layout().channelsLast(x);
    Nodes nodes = call.nodes();
    Output<?>[] vectors = new Output<?>[5];
    for (int i = 1; i < 5; i++) {
      call.require(
          Arrays.equals(call.value(i).shape(), new long[] {x.shape()[1]}),
          Sizes.text(call.value(i).shape()) + " of " + Sizes.text(x.shape()),
          "a number for each channel");
      vectors[i] = call.layout().plain(call.flow(i));
    }
    Output<?> safe = nodes.op("AddV2", vectors[4], nodes.real(call.number("epsilon", 1e-5)));
    Output<?> factor = nodes.op("Mul", vectors[1], nodes.op("Rsqrt", safe));
    Output<?> offset = nodes.op("Sub", vectors[2], nodes.op("Mul", vectors[3], factor));
    Output<?> made = nodes.op("AddV2", nodes.op("Mul", last, factor), offset);
    return Flow.ordered(made, Flow.channelsLast(x.rank()), x.shape());
  }
}
