package io.github.fdistill.savedmodel;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Checkpoints of small tensors. */
public final class Bundles {

  /**
   * @param values in C order
   */
  public record Entry(Shape shape, float[] values) {}

  private Bundles() {}

  /** Writes a checkpoint. */
  public static void write(Path prefix, Map<String, Entry> entries) throws IOException {
    try (BundleWriter out = new BundleWriter(prefix)) {
      for (Map.Entry<String, Entry> entry : entries.entrySet()) {
        Shape shape = entry.getValue().shape();
        try (TFloat32 tensor = TensorBundle.tensor(shape, entry.getValue().values())) {
          out.add(entry.getKey(), shape, pieces -> pieces.write(Weights.numbers(tensor)));
        }
      }
      out.finish();
    }
  }

  /** The same by TensorFlow's own op. */
  public static void writeByTensorFlow(Path prefix, Map<String, Entry> entries) {
    try (Graph graph = new Graph();
        Session session = Sessions.open(graph)) {
      Ops tf = NodeNames.ops(graph);
      List<Operand<TFloat32>> values = new ArrayList<>();
      entries.values().forEach(e -> values.add(tf.placeholder(TFloat32.class)));
      Session.Runner runner =
          session
              .runner()
              .addTarget(
                  TensorBundle.save(tf, tf.constant(prefix.toString()), entries.keySet(), values));
      List<Tensor> tensors = new ArrayList<>();
      for (Entry entry : entries.values()) {
        Tensor tensor = TensorBundle.tensor(entry.shape(), entry.values());
        runner.feed(values.get(tensors.size()), tensor);
        tensors.add(tensor);
      }
      runner.run().close();
      tensors.forEach(Tensor::close);
    }
  }

  /** Reads tensors of a checkpoint by TensorFlow's own op. */
  public static Map<String, Entry> read(Path prefix, Collection<String> names) {
    try (Graph graph = new Graph();
        Session session = Sessions.open(graph)) {
      Ops tf = NodeNames.ops(graph);
      List<Output<TFloat32>> restored =
          TensorBundle.restore(tf, tf.constant(prefix.toString()), names);
      Session.Runner runner = session.runner();
      restored.forEach(runner::fetch);
      Map<String, Entry> entries = new LinkedHashMap<>();
      try (Result result = runner.run()) {
        int i = 0;
        for (String name : names) {
          TFloat32 tensor = (TFloat32) result.get(i++);
          entries.put(name, new Entry(tensor.shape(), TensorBundle.floats(tensor)));
        }
      }
      return entries;
    }
  }
}
