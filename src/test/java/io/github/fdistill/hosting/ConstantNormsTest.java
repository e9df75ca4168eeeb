package io.github.fdistill.hosting;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.wire.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * A group norm with the channels first, and constants for scale and shift, as converters write it:
 * TensorFlow with oneDNN takes it for an instance norm, and shifts whole groups by one number.
 */
class ConstantNormsTest {
  private static final int ROW = 2 * 3 * 4 * 4;

  @TempDir Path folder;

  /** How squares, and what is divided by their root, are written. */
  private enum Form {
    SQUARED_DIFFERENCE,
    SQUARE,
    PRODUCT,
    POWER,
    DIVIDED
  }

  /** [N,2,3,4,4]: two groups of three channels. */
  private void write(Form form) throws Exception {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Shape shape = Shape.of(-1, 2, 3, 4, 4);
      Operand<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
      Operand<TFloat32> mean = mean(tf, x);
      Operand<TFloat32> centred = tf.math.sub(x, mean);
      Operand<TFloat32> squares =
          switch (form) {
            case SQUARED_DIFFERENCE, DIVIDED -> tf.math.squaredDifference(x, mean);
            case SQUARE -> tf.math.square(centred);
            case PRODUCT -> tf.math.mul(centred, centred);
            case POWER -> tf.math.pow(centred, tf.constant(2f));
          };
      Operand<TFloat32> variance = tf.math.add(mean(tf, squares), tf.constant(1e-5f));
      Operand<TFloat32> scale = perChannel(tf, 1, 2, 3, 4, 5, 6);
      Operand<TFloat32> a =
          form == Form.DIVIDED
              ? tf.math.div(scale, tf.math.sqrt(variance))
              : tf.math.mul(tf.math.rsqrt(variance), scale);
      Operand<TFloat32> b =
          tf.math.sub(perChannel(tf, 10, 20, 30, 40, 50, 60), tf.math.mul(a, mean));
      Operand<TFloat32> y = tf.math.add(tf.math.mul(x, a), b);
      builder.signature("run", Map.of("x", x), Map.of("y", y));
      builder.write(folder);
    }
  }

  private static Operand<TFloat32> mean(Ops tf, Operand<TFloat32> x) {
    return tf.math.mean(x, tf.constant(new int[] {2, 3, 4}), Mean.keepDims(true));
  }

  private static Operand<TFloat32> perChannel(Ops tf, float... numbers) {
    return tf.reshape(tf.constant(numbers), tf.constant(new int[] {1, 2, 3, 1, 1}));
  }

  private static ByteBuffer buffer(int rows) {
    return ByteBuffer.allocate(rows * ROW * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static HostTensor ones(int rows) {
    ByteBuffer bytes = buffer(rows);
    while (bytes.hasRemaining()) {
      bytes.putFloat(1);
    }
    return HostTensor.of(DataType.DT_FLOAT, Shape.of(rows, 2, 3, 4, 4), bytes.array());
  }

  /** Of equal pixels nothing is left but the shift. */
  private static float[] shifts() {
    float[] shifts = new float[2 * ROW];
    for (int i = 0; i < shifts.length; i++) {
      shifts[i] = 10 * (1 + i / 16 % 6);
    }
    return shifts;
  }

  @ParameterizedTest
  @EnumSource
  void servedAndDrawnItIsWhatItSays(Form form) throws Exception {
    write(form);
    try (ModelHere model = ModelHere.load(folder, 1 << 20)) {
      HostTensor y =
          model.run("run", Map.of("x", ones(2)), List.of("y"), Duration.ofMinutes(1)).get("y");
      float[] values = new float[2 * ROW];
      ByteBuffer.wrap(y.bytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      assertArrayEquals(shifts(), values, 1e-3f);
      HostTensor none =
          model.run("run", Map.of("x", ones(0)), List.of("y"), Duration.ofMinutes(1)).get("y");
      assertEquals(Shape.of(0, 2, 3, 4, 4), none.shape());
    }
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2, 3, 4, 4)));
      var y = SavedModel.read(folder).function("run").call(tf, "f", Map.of("x", x), Map.of());
      try (Session session = Sessions.open(graph);
          TFloat32 input = TFloat32.tensorOf(Shape.of(2, 2, 3, 4, 4))) {
        input.scalars().forEach(pixel -> pixel.setFloat(1));
        try (Result result = session.runner().feed(x, input).fetch(y.get("y")).run()) {
          float[] values = new float[2 * ROW];
          ((TFloat32) result.get(0)).asRawTensor().data().asFloats().read(values);
          assertArrayEquals(shifts(), values, 1e-3f);
        }
      }
    }
  }
}
