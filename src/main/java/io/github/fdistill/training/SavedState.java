package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.CheckpointIndex;
import io.github.fdistill.savedmodel.CheckpointIndex.Stored;
import io.github.fdistill.savedmodel.TensorReader;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/**
 * What a checkpoint holds of a {@link State}: its tensors, which are read when they are asked for.
 *
 * @param folder of the checkpoint
 */
record SavedState(Path folder, Map<String, Stored> tensors) {
  /** In the folder; how the names of its files begin. */
  static final String FILE = "state";

  /**
   * Reads what there is.
   *
   * @throws InputException when it is no checkpoint
   */
  static SavedState open(Path folder) {
    try {
      return new SavedState(folder, index(folder));
    } catch (InputException e) {
      throw unfit(folder, e.getMessage());
    }
  }

  private static Map<String, Stored> index(Path folder) {
    return CheckpointIndex.read(folder, folder.resolve(FILE)).tensors();
  }

  /**
   * The value of a variable.
   *
   * @param layout of the network's parameters in it; none: it has no zeros between them
   * @throws InputException when there is none, or one of another shape
   */
  Supplier<TFloat32> value(FloatVariable variable, Optional<Parameters> layout) {
    Stored stored = tensors.get(variable.name());
    if (stored == null) {
      throw unfit(folder, "it has no " + variable.name());
    }
    if (!stored.fits(layout.map(p -> Shape.of(p.size())).orElse(variable.shape()))) {
      throw unfit(folder, variable.name() + " has shape " + stored.shape());
    }
    Shape shape = layout.map(p -> Shape.of(p.length())).orElse(variable.shape());
    return () -> read(stored, shape, layout);
  }

  private TFloat32 read(Stored stored, Shape shape, Optional<Parameters> layout) {
    TFloat32 tensor = TFloat32.tensorOf(shape);
    FloatDataBuffer numbers = Weights.numbers(tensor);
    try (TensorReader reader = stored.open()) {
      for (FloatDataBuffer part : layout.map(p -> p.parts(numbers)).orElse(List.of(numbers))) {
        reader.read(part);
      }
      reader.requireWhole();
      layout.ifPresent(p -> p.clearGaps(numbers));
      return tensor;
    } catch (IOException e) {
      tensor.close();
      throw unfit(folder, e.getMessage());
    }
  }

  /**
   * The weights that a variable has, where they are those of a network.
   *
   * @throws InputException when it has none of that name
   */
  static CheckpointWeights weights(Path folder, String variable, Parameters network) {
    Stored stored = index(folder).get(variable);
    if (stored == null) {
      throw new InputException(
          folder.toString(),
          "it has no variable " + variable,
          "the checkpoint of a distillation, with that average of the student's weights",
          "name another average, or another run");
    }
    return new CheckpointWeights(network, stored);
  }

  private static InputException unfit(Path folder, String found) {
    return new InputException(
        folder.toString(),
        "the checkpoint does not fit this run: " + found,
        "a checkpoint of the same network and settings",
        "remove the run's folder to begin anew, or take another name with --set name=...");
  }
}
