package io.github.fdistill.doctor;

import io.github.fdistill.device.Device;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TNumber;

/**
 * P = A ... A B on one device: the proof that TensorFlow computes there, and how fast. Every
 * element of A [n,n] is 1/n, so that every row of P holds the means of B's columns; those of B
 * [n,n] are j mod 5 in column j, alternately 1 more and 1 less.
 *
 * @param side n, a power of two
 * @param products how often A stands there
 */
record MatrixProduct(Device device, int side, int products) {
  private static final int MEANS = 5;

  /** bfloat16 has steps of 1/64 where the means are largest. */
  private static final double ROUNDING = 1.0 / 64;

  private static final Duration LONG_ENOUGH = Duration.ofMillis(200);
  private static final int FEWEST_RUNS = 2;

  /** Large enough to be work for the device, and small enough for a slow one. */
  static MatrixProduct on(Device device) {
    return device.isGpu()
        ? new MatrixProduct(device, 4096, 32)
        : new MatrixProduct(device, 1024, 2);
  }

  /** Whether it computes, in float32 and in bfloat16, and how fast. */
  Finding finding() {
    String what = "on " + device.shortName();
    try {
      double single = gigaflops(TFloat32.class);
      double half = gigaflops(TBfloat16.class);
      return Finding.found(
          what,
          String.format(
              Locale.ROOT,
              "matrices multiply right, at %,.0f GFLOP/s in float32, %,.0f in bfloat16",
              single,
              half));
    } catch (RuntimeException e) {
      return Finding.missing(
          what, "no right computation: " + e.getMessage(), "report this, with fdistill --version");
    }
  }

  /**
   * Multiplies for about a fifth of a second.
   *
   * @param precision of the products
   * @return 10^9 floating-point operations a second, 2 n^3 of them a product
   * @throws IllegalStateException when the result is wrong
   * @throws RuntimeException with TensorFlow's message, when it cannot compute there
   */
  <T extends TNumber> double gigaflops(Class<T> precision) {
    Shape square = Shape.of(side, side);
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph);
        TFloat32 means = TFloat32.tensorOf(square, DataBuffers.of(means(), true, false));
        TFloat32 columns = TFloat32.tensorOf(square, DataBuffers.of(columns(), true, false))) {
      Ops tf = NodeNames.ops(graph).withDevice(place());
      Placeholder<TFloat32> a = tf.placeholder(TFloat32.class, Placeholder.shape(square));
      Placeholder<TFloat32> b = tf.placeholder(TFloat32.class, Placeholder.shape(square));
      Operand<T> product = product(tf, a, b, precision);
      Operand<TFloat32> error = error(tf, product);
      try (Result result = session.runner().feed(a, means).feed(b, columns).fetch(error).run()) {
        requireRight(((TFloat32) result.get(0)).getFloat());
      }
      Session.Runner again = session.runner().feed(a, means).feed(b, columns).addTarget(product);
      return 2e-9 * side * side * side * products / secondsOfOne(again);
    }
  }

  private DeviceSpec place() {
    return DeviceSpec.newBuilder()
        .deviceType(DeviceSpec.DeviceType.valueOf(device.type()))
        .deviceIndex(Integer.parseInt(device.shortName().split(":")[1]))
        .build();
  }

  private float[] means() {
    float[] means = new float[side * side];
    Arrays.fill(means, 1f / side);
    return means;
  }

  private float[] columns() {
    float[] columns = new float[side * side];
    for (int i = 0; i < columns.length; i++) {
      int row = i / side;
      columns[i] = mean(i % side) + (row % 2 == 0 ? 1 : -1);
    }
    return columns;
  }

  private static int mean(int column) {
    return column % MEANS;
  }

  private <T extends TNumber> Operand<T> product(
      Ops tf, Operand<TFloat32> a, Operand<TFloat32> b, Class<T> precision) {
    Operand<T> factor = tf.dtypes.cast(a, precision);
    Operand<T> product = tf.dtypes.cast(b, precision);
    for (int i = 0; i < products; i++) {
      product = tf.linalg.matMul(factor, product);
    }
    return product;
  }

  /** max |P - its known value|. */
  private <T extends TNumber> Operand<TFloat32> error(Ops tf, Operand<T> product) {
    float[] row = new float[side];
    for (int column = 0; column < side; column++) {
      row[column] = mean(column);
    }
    Operand<TFloat32> found = tf.dtypes.cast(product, TFloat32.class);
    return tf.reduceMax(
        tf.math.abs(tf.math.sub(found, tf.constant(row))), tf.constant(new int[] {0, 1}));
  }

  private static void requireRight(float error) {
    if (!(error <= ROUNDING)) {
      throw new IllegalStateException("a product of matrices is off by " + error);
    }
  }

  /** The shortest of some runs: what else the machine does makes others longer. */
  private static double secondsOfOne(Session.Runner runner) {
    runner.run().close(); // The first run prepares the graph.
    long start = System.nanoTime();
    long before = start;
    long shortest = Long.MAX_VALUE;
    for (int runs = 0; runs < FEWEST_RUNS || before - start < LONG_ENOUGH.toNanos(); runs++) {
      runner.run().close();
      long now = System.nanoTime();
      shortest = Math.min(shortest, now - before);
      before = now;
    }
    return shortest / 1e9;
  }
}
