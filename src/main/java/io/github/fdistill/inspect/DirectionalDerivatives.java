package io.github.fdistill.inspect;

import io.github.fdistill.device.RunFailure;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * Derivatives of loss = sum(outputs * weights) along directions, as TensorFlow's gradient says and
 * as differences say: (loss(at + h d) - loss(at - h d)) / 2h, of the step h at which they agree
 * best. The outputs are summed in float64; the weights are random and fixed.
 */
final class DirectionalDerivatives implements AutoCloseable {
  private static final int ROWS = 2;
  private static final int DIRECTIONS = 2;
  private static final double[] STEPS = {0.1, 0.03, 0.01, 0.003, 0.001};

  private final LoadedNetwork loaded = new LoadedNetwork();
  private final Random random = new Random(1);
  private final Placeholder<TFloat32> varied;
  private final Shape shape;
  private final List<Output<?>> outputs;
  private final Output<?> gradient;
  private final Session session;
  private final double scale;
  private double[] weights = {};

  /** What varies: runs of the numbers of {@code shape}. */
  private final List<Run> runs;

  /** How many numbers there are, those that stay as they are too. */
  private final long count;

  /** Where the derivatives are taken, and the gradient there; each of {@code shape}. */
  private final TFloat32 at;

  private final TFloat32 slope;
  private final List<Tensor> owned = new ArrayList<>();

  /** Numbers from one index to before another. */
  private record Run(long from, long to) {
    Run within(Run other) {
      return new Run(Math.max(from, other.from), Math.min(to, other.to));
    }
  }

  static DirectionalDerivatives byInput(NetworkFunction function, Weights weights, String input) {
    return new DirectionalDerivatives(function, weights, input, Set.of());
  }

  /**
   * @param frozen names of the parameters that stay as they are
   */
  static DirectionalDerivatives byVariables(
      NetworkFunction function, Weights weights, Set<String> frozen) {
    return new DirectionalDerivatives(function, weights, null, frozen);
  }

  /**
   * @param input null: the variables
   */
  private DirectionalDerivatives(
      NetworkFunction function, Weights values, String input, Set<String> frozen) {
    try {
      Ops tf = loaded.tf();
      Parameters parameters = function.parameters();
      Shape vector = Shape.of(parameters.length());
      shape =
          input == null
              ? vector
              : NetworkInside.withRows(function.placeholders().get(input).shape(), ROWS);
      if (shape.isUnknown() || shape.hasUnknownDimension()) {
        throw new io.github.fdistill.InputException(
            "input " + input,
            "its shape is " + shape,
            "a fixed size behind the number of rows",
            "export the model with inputs of a fixed size");
      }
      varied = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
      TFloat32 first = owned(values.vector());
      at = input == null ? first : owned(TensorBundle.tensor(shape, values(shape)));
      count = input == null ? parameters.size() : shape.size();
      runs = input == null ? free(parameters, frozen) : List.of(new Run(0, count));
      scale = input == null ? Math.max(1e-3, 0.1 * rootMeanSquare(first)) : 0.3;
      Map<String, Operand<?>> arguments = new LinkedHashMap<>();
      function
          .placeholders()
          .forEach(
              (name, wanted) ->
                  arguments.put(name, name.equals(input) ? varied : argument(tf, wanted)));
      Expr fixed = loaded.vector(values);
      Operand<TFloat32> all = input == null ? varied : fixed;
      outputs =
          List.copyOf(function.call(tf, "body", arguments, parameters.split(tf, all)).values());
      gradient = gradient(tf);
      session = loaded.openAsItIs();
      slope = slope();
    } catch (RuntimeException e) {
      owned.forEach(Tensor::close);
      loaded.close();
      throw e;
    }
  }

  private TFloat32 owned(TFloat32 tensor) {
    owned.add(tensor);
    return tensor;
  }

  private static List<Run> free(Parameters parameters, Set<String> frozen) {
    List<Run> free = new ArrayList<>();
    long[] offsets = parameters.offsets();
    for (int i = 0; i < offsets.length; i++) {
      Parameter parameter = parameters.list().get(i);
      if (!frozen.contains(parameter.name())) {
        free.add(new Run(offsets[i], offsets[i] + parameter.size()));
      }
    }
    return free;
  }

  /** Of one scalar: given several tensors, one of them on the way to another, C++ goes wrong. */
  private Output<?> gradient(Ops tf) {
    List<Operand<TFloat32>> sums = new ArrayList<>();
    for (Output<?> tensor : outputs) {
      Operand<TFloat32> output = tensor.expect(TFloat32.class);
      Operand<TFloat32> count = tf.dtypes.cast(tf.size(output), TFloat32.class);
      Operand<TFloat32> places = tf.range(tf.constant(0f), count, tf.constant(1f));
      Operand<TFloat32> weight = tf.stopGradient(tf.math.cos(places));
      Operand<TFloat32> flat = tf.reshape(output, tf.constant(new int[] {-1}));
      sums.add(tf.reduceSum(tf.math.mul(flat, weight), tf.constant(0)));
    }
    Output<?> loss = tf.math.addN(sums).asOutput();
    return loaded.graph().addGradients(loss, new Output<?>[] {varied.asOutput()})[0];
  }

  /** A constant for another input: noise for images, 0.5 to 1.5 for levels, 0 and 1 for labels. */
  private Operand<?> argument(Ops tf, NetworkFunction.Input wanted) {
    Shape size = NetworkInside.withRows(wanted.shape(), ROWS);
    if (size.isUnknown() || size.hasUnknownDimension()) {
      size = Shape.of(ROWS);
    }
    float[] numbers = values(size);
    if (wanted.dataType() != DataType.DT_FLOAT) {
      boolean image = size.numDimensions() > 2;
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = image ? random.nextInt(256) : i % 2;
      }
    }
    Operand<TFloat32> tensor =
        tf.constant(size, org.tensorflow.ndarray.buffer.DataBuffers.of(numbers, true, false));
    return wanted.dataType() == DataType.DT_FLOAT ? tensor : tf.dtypes.cast(tensor, wanted.type());
  }

  private float[] values(Shape size) {
    float[] values = new float[Math.toIntExact(size.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          size.numDimensions() > 1 ? (float) random.nextGaussian() : 0.5f + random.nextFloat();
    }
    return values;
  }

  /** Over all numbers; the zeros between parameters add nothing. */
  private double rootMeanSquare(TFloat32 values) {
    FloatDataBuffer numbers = Weights.numbers(values);
    double sum = 0;
    for (long i = 0; i < numbers.size(); i++) {
      double value = numbers.getFloat(i);
      sum += value * value;
    }
    return Math.sqrt(sum / Math.max(1, count));
  }

  private TFloat32 slope() {
    TFloat32 copy = owned(TFloat32.tensorOf(shape));
    try (Result result = run(session.runner().feed(varied, at).fetch(gradient))) {
      Weights.numbers((TFloat32) result.get(0)).copyTo(Weights.numbers(copy), shape.size());
    }
    return copy;
  }

  private Result run(Session.Runner prepared) {
    try {
      return prepared.run();
    } catch (RuntimeException e) {
      throw RunFailure.isOne(e) ? RunFailure.of("the model", loaded.graph(), "body/", e) : e;
    }
  }

  private double loss(TFloat32 point) {
    double loss = 0;
    Session.Runner runner = session.runner().feed(varied, point);
    outputs.forEach(runner::fetch);
    try (Result result = run(runner)) {
      for (int i = 0; i < outputs.size(); i++) {
        float[] values = TensorBundle.floats((TFloat32) result.get(i));
        for (int j = 0; j < values.length; j++) {
          loss += values[j] * weight(j);
        }
      }
    }
    return loss;
  }

  /** cos(0), cos(1), ... */
  private double weight(int i) {
    if (i >= weights.length) {
      int known = weights.length;
      weights = Arrays.copyOf(weights, Math.max(i + 1, 2 * known));
      for (int j = known; j < weights.length; j++) {
        weights[j] = Math.cos(j);
      }
    }
    return weights[i];
  }

  /** The largest error along the gradient and along random directions. */
  double error() {
    Run all = new Run(0, shape.size());
    double worst = errorAlong(this::alongGradient);
    for (int i = 0; i < DIRECTIONS; i++) {
      worst = Math.max(worst, errorAlong(direction -> atRandom(direction, all)));
    }
    return worst;
  }

  /** The error along a random direction in the numbers of one parameter. */
  double error(Parameters parameters, int parameter) {
    long from = parameters.offsets()[parameter];
    Run run = new Run(from, from + parameters.list().get(parameter).size());
    return errorAlong(direction -> atRandom(direction, run));
  }

  private void atRandom(FloatDataBuffer direction, Run where) {
    for (Run run : runs) {
      Run part = run.within(where);
      for (long i = part.from(); i < part.to(); i++) {
        direction.setFloat((float) (scale * random.nextGaussian()), i);
      }
    }
  }

  /** The gradient, as long as a random direction. */
  private void alongGradient(FloatDataBuffer direction) {
    FloatDataBuffer gradients = Weights.numbers(slope);
    double length = Math.max(Float.MIN_NORMAL, rootMeanSquare(slope));
    for (long i = 0; i < gradients.size(); i++) {
      direction.setFloat((float) (scale * gradients.getFloat(i) / length), i);
    }
  }

  /**
   * @param sets the numbers of a direction that are not 0
   */
  private double errorAlong(Consumer<FloatDataBuffer> sets) {
    try (TFloat32 direction = Weights.zeros(shape);
        TFloat32 moved = TFloat32.tensorOf(shape)) {
      FloatDataBuffer numbers = Weights.numbers(direction);
      sets.accept(numbers);
      return errorAlong(numbers, moved);
    }
  }

  private double errorAlong(FloatDataBuffer direction, TFloat32 moved) {
    FloatDataBuffer gradients = Weights.numbers(slope);
    double derivative = 0;
    double slopeSquares = 0;
    double directionSquares = 0;
    for (long i = 0; i < direction.size(); i++) {
      double along = direction.getFloat(i);
      double by = gradients.getFloat(i);
      derivative += by * along;
      if (along != 0) {
        slopeSquares += by * by;
        directionSquares += along * along;
      }
    }
    double usual = Math.sqrt(slopeSquares * directionSquares / Math.max(1, count));
    double best = Double.POSITIVE_INFINITY;
    for (double step : STEPS) {
      double further = loss(moved(moved, direction, step));
      double difference = (further - loss(moved(moved, direction, -step))) / (2 * step);
      double size = Math.max(usual, Math.max(Math.abs(derivative), Math.abs(difference)));
      best = Math.min(best, size == 0 ? 0 : Math.abs(difference - derivative) / size);
    }
    return best;
  }

  private TFloat32 moved(TFloat32 to, FloatDataBuffer direction, double step) {
    FloatDataBuffer from = Weights.numbers(at);
    FloatDataBuffer numbers = Weights.numbers(to);
    for (long i = 0; i < numbers.size(); i++) {
      numbers.setFloat((float) (from.getFloat(i) + step * direction.getFloat(i)), i);
    }
    return to;
  }

  @Override
  public void close() {
    owned.forEach(Tensor::close);
    loaded.close();
  }
}
