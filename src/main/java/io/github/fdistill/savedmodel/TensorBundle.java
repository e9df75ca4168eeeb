package io.github.fdistill.savedmodel;

import io.github.fdistill.device.Sessions;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * TensorFlow's checkpoint format V2 ({@code prefix.index}, {@code prefix.data-...}): named float32
 * tensors on disk. Written and read by TensorFlow's own SaveV2 and RestoreV2.
 */
public final class TensorBundle {

  /**
   * @param shape as it stands in the file
   * @param values in C order
   */
  public record Entry(Shape shape, float[] values) {}

  private TensorBundle() {}

  /**
   * Writes the tensors; the folder must be there.
   *
   * @throws IOException of the prefix and with the system's reason, when the disk refuses them
   */
  public static void write(Path prefix, Map<String, Entry> entries) throws IOException {
    try {
      run(prefix, entries);
    } catch (TensorFlowException e) {
      throw refusal(prefix, e);
    }
  }

  /** TensorFlow says "FILE; REASON", where the file is a temporary that is gone by now. */
  private static FileSystemException refusal(Path prefix, TensorFlowException e) {
    String said = e.getMessage().lines().findFirst().orElse("TensorFlow fails");
    String reason = said.substring(said.lastIndexOf(';') + 1).strip();
    FileSystemException refusal = new FileSystemException(prefix.toString(), null, reason);
    refusal.initCause(e);
    return refusal;
  }

  private static void run(Path prefix, Map<String, Entry> entries) {
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph)) {
      Ops tf = Ops.create(graph);
      List<Operand<TFloat32>> values = new ArrayList<>();
      entries.values().forEach(e -> values.add(tf.placeholder(TFloat32.class)));
      Operation save = save(tf, tf.constant(prefix.toString()), entries.keySet(), values);
      List<Tensor> tensors = new ArrayList<>();
      try {
        Session.Runner runner = session.runner().addTarget(save);
        for (Entry entry : entries.values()) {
          Tensor tensor = tensor(entry.shape(), entry.values());
          runner.feed(values.get(tensors.size()), tensor);
          tensors.add(tensor);
        }
        runner.run().close();
      } finally {
        tensors.forEach(Tensor::close);
      }
    }
  }

  /**
   * Reads float32 tensors by name.
   *
   * @throws RuntimeException with TensorFlow's message: no such file, damaged, or no such tensor
   */
  public static Map<String, Entry> read(Path prefix, List<String> names) {
    try (Graph graph = Sessions.graph();
        Session session = Sessions.open(graph)) {
      Ops tf = Ops.create(graph);
      List<Output<TFloat32>> restored = restore(tf, tf.constant(prefix.toString()), names);
      Session.Runner runner = session.runner();
      restored.forEach(runner::fetch);
      Map<String, Entry> entries = new LinkedHashMap<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < names.size(); i++) {
          TFloat32 tensor = (TFloat32) result.get(i);
          entries.put(names.get(i), new Entry(tensor.shape(), floats(tensor)));
        }
      }
      return entries;
    }
  }

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
