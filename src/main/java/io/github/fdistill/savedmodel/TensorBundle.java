package io.github.fdistill.savedmodel;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * The ops with which a SavedModel saves and restores its own variables in TensorFlow's checkpoint
 * format V2, and tensors as arrays.
 */
public final class TensorBundle {

  private TensorBundle() {}

  /** The op that saves tensors under the prefix. */
  static Operation save(
      Ops tf,
      Operand<TString> prefix,
      java.util.Collection<String> names,
      List<? extends Operand<TFloat32>> values) {
    Output<?>[] tensors = values.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    return tf.scope()
        .env()
        .opBuilder("SaveV2", tf.scope().makeOpName("SaveV2"), tf.scope())
        .addInput(prefix.asOutput())
        .addInput(strings(tf, names).asOutput())
        .addInput(noSlices(tf, names.size()).asOutput())
        .addInputList(tensors)
        .build();
  }

  /** The tensors of a checkpoint, in the order of their names. */
  static List<Output<TFloat32>> restore(
      Ops tf, Operand<TString> prefix, java.util.Collection<String> names) {
    DataType[] types = new DataType[names.size()];
    java.util.Arrays.fill(types, DataType.DT_FLOAT);
    Operation op =
        tf.scope()
            .env()
            .opBuilder("RestoreV2", tf.scope().makeOpName("RestoreV2"), tf.scope())
            .addInput(prefix.asOutput())
            .addInput(strings(tf, names).asOutput())
            .addInput(noSlices(tf, names.size()).asOutput())
            .setAttr("dtypes", types)
            .build();
    List<Output<TFloat32>> outputs = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      outputs.add(op.output(i));
    }
    return outputs;
  }

  /** A float32 tensor of these values; the caller closes it. */
  public static TFloat32 tensor(Shape shape, float[] values) {
    return TFloat32.tensorOf(shape, DataBuffers.of(values, true, false));
  }

  /** The values of a float32 tensor, in C order. */
  public static float[] floats(TFloat32 tensor) {
    float[] values = new float[Math.toIntExact(tensor.shape().size())];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  private static Operand<TString> strings(Ops tf, java.util.Collection<String> names) {
    return tf.constant(StdArrays.ndCopyOf(names.toArray(String[]::new)));
  }

  private static Operand<TString> noSlices(Ops tf, int count) {
    String[] empty = new String[count];
    java.util.Arrays.fill(empty, "");
    return tf.constant(StdArrays.ndCopyOf(empty));
  }
}
