package io.github.fdistill.savedmodel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.List;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.ndarray.buffer.ShortDataBuffer;
import org.tensorflow.ndarray.buffer.layout.DataLayouts;
import org.tensorflow.ndarray.buffer.layout.FloatDataLayout;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/** Floating-point numbers of any type as float32; of float64 the nearest. */
final class FloatBytes {
  /** Numbers of a constant that are on Java's heap at a time. */
  private static final int PIECE = 1 << 18;

  private FloatBytes() {}

  /**
   * Reads numbers.
   *
   * @param bytes little-endian, from the position on
   */
  static void read(DataType type, ByteBuffer bytes, float[] into, int count) {
    switch (type) {
      case DT_FLOAT -> bytes.asFloatBuffer().get(into, 0, count);
      case DT_HALF -> read(bytes, into, count, DataLayouts.FLOAT16);
      case DT_BFLOAT16 -> read(bytes, into, count, DataLayouts.BFLOAT16);
      case DT_DOUBLE -> {
        DoubleBuffer doubles = bytes.asDoubleBuffer();
        for (int i = 0; i < count; i++) {
          into[i] = (float) doubles.get(i);
        }
      }
      default -> throw new IllegalStateException("no numbers of type " + type);
    }
  }

  private static void read(
      ByteBuffer bytes, float[] into, int count, FloatDataLayout<ShortDataBuffer> layout) {
    short[] each = new short[count];
    bytes.asShortBuffer().get(each);
    layout.applyTo(DataBuffers.of(each, true, false)).read(into, 0, count);
  }

  /** Copies a constant: packed, or listed, the last number standing for all that follow. */
  static void copy(TensorProto constant, int width, FloatDataBuffer into) {
    long count = into.size();
    ByteBuffer packed =
        constant.getTensorContent().asReadOnlyByteBuffer().order(java.nio.ByteOrder.LITTLE_ENDIAN);
    boolean listed = !packed.hasRemaining();
    if (!listed && packed.remaining() != count * width) {
      throw new IllegalArgumentException("a constant of another size than its shape");
    }
    float[] piece = new float[(int) Math.min(PIECE, count)];
    for (long done = 0; done < count; ) {
      int next = (int) Math.min(piece.length, count - done);
      if (listed) {
        for (int i = 0; i < next; i++) {
          piece[i] = listed(constant, done + i);
        }
      } else {
        read(constant.getDtype(), packed.slice().order(packed.order()), piece, next);
        packed.position(packed.position() + next * width);
      }
      into.slice(done, next).write(piece, 0, next);
      done += next;
    }
  }

  private static float listed(TensorProto constant, long i) {
    List<? extends Number> values =
        switch (constant.getDtype()) {
          case DT_FLOAT -> constant.getFloatValList();
          case DT_DOUBLE -> constant.getDoubleValList();
          default -> constant.getHalfValList();
        };
    if (values.isEmpty()) {
      return 0;
    }
    Number value = values.get((int) Math.min(i, values.size() - 1));
    return switch (constant.getDtype()) {
      case DT_HALF -> half(value, DataLayouts.FLOAT16);
      case DT_BFLOAT16 -> half(value, DataLayouts.BFLOAT16);
      default -> value.floatValue();
    };
  }

  private static float half(Number bits, FloatDataLayout<ShortDataBuffer> layout) {
    return layout.applyTo(DataBuffers.of(new short[] {bits.shortValue()}, true, false)).getFloat(0);
  }
}
