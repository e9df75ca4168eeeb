package io.github.fdistill.training;

import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.BundleWriter;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * What training changes, as it was at a time. It is no copy at first: a step that changes a
 * variable leaves the memory to it, and takes other memory for itself.
 *
 * @param values of the variables that are here
 * @param parts what they are
 * @param file of the checkpoint
 */
record Snapshot(Result values, List<Part> parts, String file) implements AutoCloseable {

  /**
   * A variable.
   *
   * @param shape that it has in a checkpoint
   * @param layout of the weights, or of what there is for each of them; none: it has no zeros
   * @param numbers that it holds; what is apart is put together for each use
   * @param apart whether the numbers are with several workers
   */
  record Part(
      String name, Shape shape, Optional<Parameters> layout, Numbers numbers, boolean apart) {

    /** One whose numbers are here, for as long as the snapshot is. */
    static Part held(String name, Optional<Parameters> layout, TFloat32 tensor) {
      Shape shape = layout.map(p -> Shape.of(p.size())).orElse(tensor.shape());
      return new Part(name, shape, layout, use -> use.of(tensor), false);
    }

    /** One whose numbers are put together, as the only result of what puts them together. */
    static Part apart(String name, Parameters layout, Supplier<Result> together) {
      Numbers numbers =
          use -> {
            try (Result whole = together.get()) {
              use.of((TFloat32) whole.get(0));
            }
          };
      return new Part(name, Shape.of(layout.size()), Optional.of(layout), numbers, true);
    }
  }

  /** Numbers that are there while they are used. */
  @FunctionalInterface
  interface Numbers {
    void to(Use use) throws IOException;
  }

  /** Writes numbers, say. */
  @FunctionalInterface
  interface Use {
    void of(TFloat32 numbers) throws IOException;
  }

  /** Whether it must be written before the next step: some of it is no copy but is with others. */
  boolean isApart() {
    return parts.stream().anyMatch(Part::apart);
  }

  /** How many bytes a checkpoint of it takes. */
  long bytes() {
    return parts.stream().mapToLong(part -> part.shape().size()).sum() * Float.BYTES;
  }

  /** Writes it in TensorFlow's checkpoint format into a folder. */
  void write(Path folder) throws IOException {
    try (BundleWriter out = new BundleWriter(folder.resolve(file))) {
      for (Part part : parts) {
        part.numbers().to(tensor -> add(out, part, tensor));
      }
      out.finish();
    }
  }

  private static void add(BundleWriter out, Part part, TFloat32 tensor) throws IOException {
    FloatDataBuffer all = Weights.numbers(tensor);
    List<FloatDataBuffer> numbers = part.layout().map(p -> p.parts(all)).orElse(List.of(all));
    out.add(
        part.name(),
        part.shape(),
        pieces -> {
          for (FloatDataBuffer each : numbers) {
            pieces.write(each);
          }
        });
  }

  @Override
  public void close() {
    values.close();
  }
}
