package io.github.fdistill.network;

import io.github.fdistill.config.TimeWaves;
import io.github.fdistill.expr.Expr;
import java.util.List;
import java.util.SplittableRandom;
import org.tensorflow.op.Ops;

/**
 * Sines and cosines of what a network is told of the noise, each [N,width/2].
 *
 * @param angles [N,width/2]
 */
record NoiseWaves(Expr angles) {
  private static final double LONGEST = 10_000;

  /**
   * At frequencies 10000^(-i / half), i = 0, 1, ..., half - 1.
   *
   * @param endPoint the last one is 1/10000: 10000^(-i / (half - 1))
   */
  static NoiseWaves positional(Expr time, int width, boolean endPoint) {
    return of(time, width, endPoint ? 1 : 0);
  }

  /** As a description says. */
  static Expr of(Expr time, int width, TimeWaves waves) {
    NoiseWaves made = of(time, width, waves.getShift());
    return waves.getCosinesFirst() ? made.cosinesFirst() : made.sinesFirst();
  }

  private static NoiseWaves of(Expr time, int width, double shift) {
    float[] frequencies = new float[width / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double share = frequencies.length == shift ? 0 : i / (frequencies.length - shift);
      frequencies[i] = (float) Math.pow(LONGEST, -share);
    }
    return new NoiseWaves(angles(time, frequencies));
  }

  /**
   * At these frequencies, in cycles; where there are none, drawn with deviation 16.
   *
   * @param frequencies width / 2, or none
   */
  static NoiseWaves fourier(Expr time, int width, List<Float> frequencies) {
    float[] radians = new float[width / 2];
    SplittableRandom random = new SplittableRandom(width);
    for (int i = 0; i < radians.length; i++) {
      double cycles = frequencies.isEmpty() ? 16 * normal(random) : frequencies.get(i);
      radians[i] = (float) (2 * Math.PI * cycles);
    }
    return new NoiseWaves(angles(time, radians));
  }

  /** Normally distributed, by Box and Muller. */
  static double normal(SplittableRandom random) {
    double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
    return radius * Math.cos(2 * Math.PI * random.nextDouble());
  }

  private static Expr angles(Expr time, float[] frequencies) {
    Ops tf = time.tf();
    return time.reshape(-1, 1).times(tf.constant(new float[][] {frequencies}));
  }

  Expr sinesFirst() {
    return Expr.concat(1, angles.sin(), angles.cos());
  }

  Expr cosinesFirst() {
    return Expr.concat(1, angles.cos(), angles.sin());
  }
}
