package io.github.fdistill.onnx;

import static io.github.fdistill.onnx.Elementwise.two;
import static io.github.fdistill.onnx.Elementwise.with;

import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import org.tensorflow.Output;

/** Activations, by their formulas. */
final class Activations {
  static final Map<String, Rule> RULES =
      Map.ofEntries(
          Map.entry("Gelu", Rule.of(Activations::gelu)),
          Map.entry("Clip", Rule.of(Activations::clip)),
          Map.entry("LeakyRelu", Rule.of(Activations::leakyRelu)),
          Map.entry("PRelu", Rule.of(Activations::parametricRelu)),
          Map.entry("Elu", Rule.of(call -> elu(call, call.number("alpha", 1), 1))),
          Map.entry(
              "Selu",
              Rule.of(
                  call ->
                      elu(
                          call,
                          call.number("alpha", 1.67326319217681884765625),
                          call.number("gamma", 1.05070102214813232421875)))),
          Map.entry(
              "HardSigmoid",
              Rule.of(call -> hard(call, call.number("alpha", 0.2), call.number("beta", 0.5)))),
          Map.entry(
              "HardSwish",
              Rule.of(call -> two(call, "Mul", call.flow(0), hard(call, 1 / 6.0, 0.5)))),
          Map.entry("Mish", Rule.of(Activations::mish)),
          Map.entry("Softmax", Rule.of(Activations::softmax)),
          Map.entry("LogSoftmax", Rule.of(Activations::logSoftmax)));

  private Activations() {}

  private static Flow one(Call call, String op, Flow x) {
    return x.with(call.nodes().op(op, x.tensor()));
  }

  /** x Phi(x): of the normal distribution, or of its approximation by a hyperbolic tangent. */
  private static Value gelu(Call call) {
    Flow x = call.flow(0);
    Flow gate;
    if (call.text("approximate", "none").equals("tanh")) {
      Flow cube = two(call, "Mul", one(call, "Square", x), x);
      Flow inner = two(call, "AddV2", x, with(call, "Mul", cube, 0.044715));
      gate = one(call, "Tanh", with(call, "Mul", inner, Math.sqrt(2 / Math.PI)));
    } else {
      gate = one(call, "Erf", with(call, "Mul", x, Math.sqrt(0.5)));
    }
    return two(call, "Mul", with(call, "Mul", x, 0.5), with(call, "AddV2", gate, 1));
  }

  private static Value clip(Call call) {
    Flow x = call.flow(0);
    Flow above = call.has(1) ? two(call, "Maximum", x, call.value(1)) : x;
    return call.has(2) ? two(call, "Minimum", above, call.value(2)) : above;
  }

  private static Value leakyRelu(Call call) {
    Flow x = call.flow(0);
    float alpha = (float) call.number("alpha", 0.01);
    return x.with(
        call.nodes().op("LeakyRelu", builder -> builder.setAttr("alpha", alpha), x.tensor()));
  }

  /** max(x, 0) + slope min(x, 0). */
  private static Value parametricRelu(Call call) {
    Flow x = call.flow(0);
    Flow below = two(call, "Mul", with(call, "Minimum", x, 0), call.value(1));
    return two(call, "AddV2", one(call, "Relu", x), below);
  }

  /** gamma (max(x, 0) + alpha (exp(min(x, 0)) - 1)). */
  private static Value elu(Call call, double alpha, double gamma) {
    Flow x = call.flow(0);
    Flow below = one(call, "Expm1", with(call, "Minimum", x, 0));
    Flow sum = two(call, "AddV2", one(call, "Relu", x), with(call, "Mul", below, alpha));
    return with(call, "Mul", sum, gamma);
  }

  /** max(0, min(1, alpha x + beta)). */
  private static Flow hard(Call call, double alpha, double beta) {
    Flow line = with(call, "AddV2", with(call, "Mul", call.flow(0), alpha), beta);
    return with(call, "Maximum", with(call, "Minimum", line, 1), 0);
  }

  private static Value mish(Call call) {
    Flow x = call.flow(0);
    return two(call, "Mul", x, one(call, "Tanh", one(call, "Softplus", x)));
  }

  /** With the axis last, as TensorFlow has it. */
  private static Flow last(Call call) {
    Flow x = call.settled(0);
    boolean joined = call.opset() < 13; // Then all axes from this one on are one.
    int axis = call.axis(call.whole("axis", joined ? 1 : -1), x.rank());
    if (joined && axis < x.rank() - 1) {
      x = call.layout().settled(x.reshaped(joined(call, x.shape(), axis)));
    }
    int[] order = new int[x.rank()];
    int next = 0;
    for (int place : x.order()) {
      if (place != axis) {
        order[next++] = place;
      }
    }
    order[next] = axis;
    return Flow.ordered(call.layout().inOrder(x, order), order, x.shape());
  }

  private static long[] joined(Call call, long[] shape, int axis) {
    OptionalLong behind = Sizes.product(Arrays.copyOfRange(shape, axis, shape.length));
    call.require(
        behind.orElse(-1) >= 0,
        "over the images of a batch",
        "axes of each image's, as of opset 13");
    long[] joined = Arrays.copyOf(shape, axis + 1);
    joined[axis] = behind.getAsLong();
    return joined;
  }

  private static Value softmax(Call call) {
    return one(call, "Softmax", last(call)).reshaped(call.value(0).shape());
  }

  /** x - max - ln sum exp(x - max): TensorFlow's own has no right gradient beyond rank 2. */
  private static Value logSoftmax(Call call) {
    Flow x = last(call);
    Nodes nodes = call.nodes();
    Output<?> axis = nodes.ints(x.rank() - 1);
    Output<?> most = nodes.op("StopGradient", Reductions.kept(nodes, "Max", x.tensor(), axis));
    Output<?> low = nodes.op("Sub", x.tensor(), most);
    Output<?> sum = Reductions.kept(nodes, "Sum", nodes.op("Exp", low), axis);
    Flow made = x.with(nodes.op("Sub", low, nodes.op("Log", sum)));
    return made.reshaped(call.value(0).shape());
  }
}
