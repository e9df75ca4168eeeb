package io.github.fdistill.training;

import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.BundleWriter;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * What training changes, as it was at a time. It is no copy at first: a step that changes a
 * variable leaves the memory to it, and takes other memory for itself.
 *
 * @param values of the variables
 * @param parts what they are
 * @param file of the checkpoint
 */
record Snapshot(Result values, List<Part> parts, String file) implements AutoCloseable {

  /**
   * A variable.
   *
   * @param layout of the weights, or of what there is for each of them; none: it has no zeros
   */
  record Part(String name, Optional<Parameters> layout) {}

  /** How many bytes a checkpoint of it takes. */
  long bytes() {
    long numbers = 0;
    for (int i = 0; i < parts.size(); i++) {
      numbers += shape(i).size();
    }
    return numbers * Float.BYTES;
  }

  /** Writes it in TensorFlow's checkpoint format into a folder. */
  void write(Path folder) throws IOException {
    try (BundleWriter out = new BundleWriter(folder.resolve(file))) {
      for (int i = 0; i < parts.size(); i++) {
        List<FloatDataBuffer> numbers = numbers(i);
        out.add(
            parts.get(i).name(),
            shape(i),
            pieces -> {
              for (FloatDataBuffer each : numbers) {
                pieces.write(each);
              }
            });
      }
      out.finish();
    }
  }

  private TFloat32 tensor(int part) {
    return (TFloat32) values.get(part);
  }

  private Shape shape(int part) {
    return parts.get(part).layout().map(p -> Shape.of(p.size())).orElse(tensor(part).shape());
  }

  private List<FloatDataBuffer> numbers(int part) {
    FloatDataBuffer all = Weights.numbers(tensor(part));
    return parts.get(part).layout().map(p -> p.parts(all)).orElse(List.of(all));
  }

  @Override
  public void close() {
    values.close();
  }
}
