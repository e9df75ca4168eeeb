package io.github.fdistill.savedmodel;

import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.ndarray.buffer.ShortDataBuffer;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/** Weights rounded to bfloat16, to the nearest; of two as near to the one whose last bit is 0. */
public final class Halved {
  /** Numbers that are on Java's heap at a time. */
  private static final int PIECE = 1 << 16;

  private Halved() {}

  /** A parameter as a tensor of its shape; the caller closes it. */
  public static TBfloat16 tensor(Weights weights, int parameter) {
    TBfloat16 tensor = TBfloat16.tensorOf(weights.parameters().list().get(parameter).shape());
    try (TFloat32 whole = weights.tensor(parameter)) {
      round(Weights.numbers(whole), tensor.asRawTensor().data().asShorts());
      return tensor;
    } catch (RuntimeException e) {
      tensor.close();
      throw e;
    }
  }

  private static void round(FloatDataBuffer from, ShortDataBuffer to) {
    float[] numbers = new float[(int) Math.min(PIECE, from.size())];
    short[] halves = new short[numbers.length];
    for (long done = 0; done < from.size(); done += numbers.length) {
      int count = (int) Math.min(numbers.length, from.size() - done);
      from.slice(done, count).read(numbers, 0, count);
      for (int i = 0; i < count; i++) {
        halves[i] = bits(numbers[i]);
      }
      to.slice(done, count).write(halves, 0, count);
    }
  }

  /** The bits of the nearest bfloat16. */
  static short bits(float number) {
    int bits = Float.floatToIntBits(number);
    // Of what is no number the upper half is none either, and is not to be rounded up to one.
    int half = Float.isNaN(number) ? bits : bits + 0x7FFF + (bits >>> 16 & 1);
    return (short) (half >>> 16);
  }
}
