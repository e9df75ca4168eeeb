package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.graph.VariableReads;
import io.github.fdistill.savedmodel.CheckpointIndex.Stored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.proto.DataType;

/**
 * Weights in the files of a checkpoint, a tensor for each parameter.
 *
 * @param stored where each parameter lies
 */
record StoredWeights(Parameters parameters, List<Stored> stored) implements Weights {

  /**
   * Those of a model: under the keys that its graph restores them from, or else those that its
   * objects say.
   *
   * @throws InputException when the checkpoint is missing or damaged, or one is not in it as the
   *     graph declares it
   */
  static StoredWeights of(SavedModel model, Parameters parameters) {
    List<Stored> stored = new ArrayList<>();
    if (!parameters.list().isEmpty()) {
      CheckpointIndex index = CheckpointIndex.read(model.folder());
      Map<String, SavedKey> keys = new HashMap<>(ObjectKeys.of(model.metaGraph(), index));
      keys.putAll(VariableReads.checkpointKeys(model.flat().graph()));
      Map<String, DataType> types = VariableReads.types(model.flat().graph());
      for (Parameter p : parameters.list()) {
        SavedKey key = keys.getOrDefault(p.name(), new SavedKey(p.name(), ""));
        stored.add(index.fitting(key, p.name(), types.get(p.name()), p.shape()));
      }
    }
    return new StoredWeights(parameters, stored);
  }

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
