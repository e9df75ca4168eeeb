package io.github.fdistill.evaluation;

import io.github.fdistill.savedmodel.TensorBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * Some vectors of a set as tensors, less a centre: distances stay, and norms become as small as
 * they can, which is what float32 errors grow with.
 *
 * @param values [n,d]
 * @param norms [n]: (1 - {@link Sieve#relativeError})|x|^2 of each
 * @param normTensor the same
 */
record CentredRows(TFloat32 values, float[] norms, TFloat32 normTensor) implements AutoCloseable {
  /** Values that are copied at once, at most. */
  private static final int BLOCK_VALUES = 1 << 20;

  /** The vectors from one to before another; the caller closes them. */
  static CentredRows of(Features set, int from, int to, float[] centre) {
    int d = set.dimension();
    TFloat32 values = TFloat32.tensorOf(Shape.of(to - from, d));
    FloatDataBuffer data = values.asRawTensor().data().asFloats();
    float[] norms = new float[to - from];
    double shrink = 1 - Sieve.relativeError(d);
    float[] block = new float[Math.min(to - from, Math.max(1, BLOCK_VALUES / d)) * d];
    int filled = 0;
    for (int i = from; i < to; i++) {
      double norm = 0;
      for (int f = 0; f < d; f++) {
        float value = set.values()[i * d + f] - centre[f];
        block[filled++] = value;
        norm += (double) value * value;
      }
      norms[i - from] = (float) (shrink * norm);
      if (filled == block.length || i == to - 1) {
        data.offset((long) (i - from + 1) * d - filled).write(block, 0, filled);
        filled = 0;
      }
    }
    return new CentredRows(values, norms, TensorBundle.tensor(Shape.of(norms.length), norms));
  }

  @Override
  public void close() {
    values.close();
    normTensor.close();
  }
}
