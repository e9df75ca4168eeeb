package io.github.fdistill.inspect;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
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

  private final Graph graph = Sessions.graph();
  private final Random random = new Random(1);
  private final Placeholder<TFloat32> varied;
  private final Shape shape;
  private final List<Output<?>> outputs;
  private final Output<?> gradient;
  private final Session session;

  /** Where the derivatives are taken, and how far a direction goes. */
  private final float[] at;

  private final double scale;
  private double[] weights = {};
  private final float[] slope;

  /** Which of the numbers vary. */
  private final boolean[] free;

  static DirectionalDerivatives byInput(NetworkFunction function, float[] values, String input) {
    return new DirectionalDerivatives(function, values, input, Set.of());
  }

  /**
   * @param frozen names of the parameters that stay as they are
   */
  static DirectionalDerivatives byVariables(
      NetworkFunction function, float[] values, Set<String> frozen) {
    return new DirectionalDerivatives(function, values, null, frozen);
  }

  /**
   * @param input null: the variables
   */
  private DirectionalDerivatives(
      NetworkFunction function, float[] values, String input, Set<String> frozen) {
    try {
      Ops tf = Ops.create(graph);
      shape =
          input == null
              ? Shape.of(values.length)
              : NetworkInside.withRows(function.placeholders().get(input).shape(), ROWS);
      if (shape.isUnknown() || shape.hasUnknownDimension()) {
        throw new io.github.fdistill.InputException(
            "input " + input,
            "its shape is " + shape,
            "a fixed size behind the number of rows",
            "export the model with inputs of a fixed size");
      }
      varied = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
      at = input == null ? values : values(shape);
      free = input == null ? free(function.parameters(), frozen) : free(at.length);
      scale = input == null ? Math.max(1e-3, 0.1 * rootMeanSquare(values)) : 0.3;
      Map<String, Operand<?>> arguments = new LinkedHashMap<>();
      function
          .placeholders()
          .forEach(
              (name, wanted) ->
                  arguments.put(name, name.equals(input) ? varied : argument(tf, wanted)));
      Operand<TFloat32> vector = input == null ? varied : tf.constant(values);
      outputs =
          List.copyOf(
              function
                  .call(tf, "body", arguments, function.parameters().split(tf, vector))
                  .values());
      gradient = gradient(tf);
      session = Sessions.open(graph);
      slope = slope();
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  private static boolean[] free(int size) {
    boolean[] free = new boolean[size];
    Arrays.fill(free, true);
    return free;
  }

  private static boolean[] free(Parameters parameters, Set<String> frozen) {
    boolean[] free = free(parameters.size());
    int from = 0;
    for (Parameters.Parameter parameter : parameters.list()) {
      int to = from + (int) parameter.shape().size();
      if (frozen.contains(parameter.name())) {
        Arrays.fill(free, from, to, false);
      }
      from = to;
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
    return graph.addGradients(loss, new Output<?>[] {varied.asOutput()})[0];
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

  private static double rootMeanSquare(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum / Math.max(1, values.length));
  }

  private float[] slope() {
    try (Tensor fed = TensorBundle.tensor(shape, at);
        Result result = session.runner().feed(varied, fed).fetch(gradient).run()) {
      return TensorBundle.floats((TFloat32) result.get(0));
    }
  }

  private double loss(float[] point) {
    double loss = 0;
    try (Tensor fed = TensorBundle.tensor(shape, point)) {
      Session.Runner runner = session.runner().feed(varied, fed);
      outputs.forEach(runner::fetch);
      try (Result result = runner.run()) {
        for (int i = 0; i < outputs.size(); i++) {
          float[] values = TensorBundle.floats((TFloat32) result.get(i));
          for (int j = 0; j < values.length; j++) {
            loss += values[j] * weight(j);
          }
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
    double worst = errorAlong(scaled(slope));
    for (int i = 0; i < DIRECTIONS; i++) {
      worst = Math.max(worst, error(0, at.length));
    }
    return worst;
  }

  /** The error along a random direction in the numbers from one index to another. */
  double error(int from, int to) {
    float[] direction = new float[at.length];
    for (int i = from; i < to; i++) {
      direction[i] = free[i] ? (float) (scale * random.nextGaussian()) : 0;
    }
    return errorAlong(direction);
  }

  /** The gradient, as long as a random direction. */
  private float[] scaled(float[] gradient) {
    double length = Math.max(Float.MIN_NORMAL, rootMeanSquare(gradient));
    float[] direction = new float[gradient.length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = (float) (scale * gradient[i] / length);
    }
    return direction;
  }

  private double errorAlong(float[] direction) {
    double derivative = 0;
    double slopeSquares = 0;
    double directionSquares = 0;
    for (int i = 0; i < direction.length; i++) {
      derivative += (double) slope[i] * direction[i];
      if (direction[i] != 0) {
        slopeSquares += (double) slope[i] * slope[i];
        directionSquares += (double) direction[i] * direction[i];
      }
    }
    double usual = Math.sqrt(slopeSquares * directionSquares / Math.max(1, direction.length));
    double best = Double.POSITIVE_INFINITY;
    for (double step : STEPS) {
      double difference =
          (loss(moved(direction, step)) - loss(moved(direction, -step))) / (2 * step);
      double size = Math.max(usual, Math.max(Math.abs(derivative), Math.abs(difference)));
      best = Math.min(best, size == 0 ? 0 : Math.abs(difference - derivative) / size);
    }
    return best;
  }

  private float[] moved(float[] direction, double step) {
    float[] moved = new float[at.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = (float) (at[i] + step * direction[i]);
    }
    return moved;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
