package io.github.fdistill.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Convolutions and pools of lines [N,C,L], as those of images of one row, [N,C,1,L]. */
final class Lines {
  private Lines() {}

  /** A rule of images, for lines as well. */
  static Rule also(Rule.One ofImages) {
    return Rule.of(
        call -> {
          int rank = call.value(0).rank();
          call.require(rank == 3 || rank == 4, "rank " + rank, "images [N,C,H,W] or lines [N,C,L]");
          return rank == 4 ? ofImages.apply(call) : line(call, ofImages);
        });
  }

  private static Value line(Call call, Rule.One ofImages) {
    List<Value> inputs = new ArrayList<>(call.inputs());
    inputs.set(0, ofOneRow(call, 0));
    if (call.has(1)) {
      int rank = call.value(1).rank();
      call.require(rank == 3, "kernels of rank " + rank, "rank 3, as the lines have");
      inputs.set(1, ofOneRow(call, 1));
    }
    Flow made = (Flow) ofImages.apply(call.with(ofOneRow(call, call.node()), inputs));
    long[] shape = made.shape(); // [N,C,1,L]
    return made.reshaped(shape[0], shape[1], shape[3]);
  }

  private static Flow ofOneRow(Call call, int input) {
    Flow x = call.flow(input);
    long[] shape = x.shape();
    return x.reshaped(shape[0], shape[1], 1, shape[2]);
  }

  private static OnnxNode ofOneRow(Call call, OnnxNode node) {
    Map<String, Attribute> attributes = new HashMap<>(node.attributes());
    attributes.computeIfPresent("kernel_shape", (name, of) -> both(call, of, 1));
    attributes.computeIfPresent("dilations", (name, of) -> both(call, of, 1));
    attributes.computeIfPresent("output_padding", (name, of) -> both(call, of, 0));
    // TensorFlow's depthwise convolutions take one stride for both axes.
    attributes.computeIfPresent("strides", (name, of) -> both(call, of, counted(call, of, 1)[0]));
    attributes.computeIfPresent(
        "pads",
        (name, of) -> {
          long[] pads = counted(call, of, 2);
          return of.with(0, pads[0], 0, pads[1]);
        });
    return node.with(attributes);
  }

  private static Attribute both(Call call, Attribute attribute, long ofTheRow) {
    return attribute.with(ofTheRow, counted(call, attribute, 1)[0]);
  }

  private static long[] counted(Call call, Attribute attribute, int count) {
    long[] numbers = attribute.numbers();
    call.require(
        numbers.length == count,
        attribute.name() + " " + Arrays.toString(numbers),
        count + " for lines [N,C,L]");
    return numbers;
  }
}
