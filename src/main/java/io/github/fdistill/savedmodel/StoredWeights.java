package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.CheckpointIndex.Stored;
import java.io.IOException;
import java.util.List;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;

/**
 * Weights in the files of a checkpoint, a tensor for each parameter.
 *
 * @param stored where each parameter lies
 */
record StoredWeights(Parameters parameters, List<Stored> stored) implements Weights {

  @Override
  public void copy(int parameter, FloatDataBuffer into) {
    try (TensorReader reader = stored.get(parameter).open()) {
      reader.read(into);
      reader.requireWhole();
    } catch (IOException e) {
      throw unreadable(parameter, e);
    }
  }

  /**
   * Reads all of them once.
   *
   * @throws InputException when one is not as it was written
   */
  void requireWhole() {
    for (int i = 0; i < stored.size(); i++) {
      try (TensorReader reader = stored.get(i).open()) {
        reader.requireWhole();
      } catch (IOException e) {
        throw unreadable(i, e);
      }
    }
  }

  private InputException unreadable(int parameter, IOException cause) {
    return new InputException(
        stored.get(parameter).file() + ", variable " + parameters.names().get(parameter),
        "the variables cannot be read: " + cause.getMessage(),
        "a whole checkpoint with every variable of the graph",
        "export or copy the model again",
        cause);
  }
}
