package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.graph.DataTypes;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.graph.TrainableConstants;
import io.github.fdistill.graph.VariableReads;
import io.github.fdistill.savedmodel.CheckpointIndex.Stored;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Weights in the files of a model, each where it stands there.
 *
 * @param places of the parameters, in their order
 */
record StoredWeights(Parameters parameters, List<Place> places) implements Weights {

  /** Where the numbers of a parameter stand. */
  private sealed interface Place {

    /** Copies all of them. */
    void copy(FloatDataBuffer into) throws IOException;

    /** Reads all of them once; that may be nothing. */
    void requireWhole() throws IOException;
  }

  /** A tensor of the checkpoint. */
  private record InFile(Stored stored) implements Place {
    @Override
    public void copy(FloatDataBuffer into) throws IOException {
      try (TensorReader reader = stored.open()) {
        reader.read(into);
        reader.requireWhole();
      }
    }

    @Override
    public void requireWhole() throws IOException {
      try (TensorReader reader = stored.open()) {
        reader.requireWhole();
      }
    }
  }

  /** A constant of the graph. */
  private record InGraph(TensorProto constant) implements Place {
    @Override
    public void copy(FloatDataBuffer into) {
      FloatBytes.copy(constant, DataTypes.width(constant.getDtype()).orElseThrow(), into);
    }

    @Override
    public void requireWhole() {
      // It was read with the graph.
    }
  }

  /**
   * Those of a model: constants of its graph, and variables under the keys that its graph restores
   * them from, or else those that its objects say.
   *
   * @throws InputException when the checkpoint is missing or damaged, or one is not in it as the
   *     graph declares it
   */
  static StoredWeights of(SavedModel model, Parameters parameters) {
    Map<String, DataType> types = VariableReads.types(model.flat().graph());
    Map<String, NodeDef> nodes = new HashMap<>();
    model.flat().graph().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    CheckpointIndex index = null;
    Map<String, SavedKey> keys = Map.of();
    List<Place> places = new ArrayList<>();
    for (Parameter p : parameters.list()) {
      NodeDef constant = nodes.get(TrainableConstants.constant(p.name()));
      if (!types.containsKey(p.name()) && constant != null) {
        places.add(new InGraph(constant.getAttrOrThrow("value").getTensor()));
        continue;
      }
      if (index == null) {
        index = CheckpointIndex.read(model.folder());
        keys = keys(model, index);
      }
      SavedKey key = keys.getOrDefault(p.name(), new SavedKey(p.name(), ""));
      places.add(new InFile(index.fitting(key, p.name(), types.get(p.name()), p.shape())));
    }
    return new StoredWeights(parameters, places);
  }

  private static Map<String, SavedKey> keys(SavedModel model, CheckpointIndex index) {
    Map<String, SavedKey> keys = new HashMap<>(ObjectKeys.of(model.metaGraph(), index));
    keys.putAll(VariableReads.checkpointKeys(model.flat().graph()));
    return keys;
  }

  @Override
  public void copy(int parameter, FloatDataBuffer into) {
    try {
      places.get(parameter).copy(into);
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
    for (int i = 0; i < places.size(); i++) {
      try {
        places.get(i).requireWhole();
      } catch (IOException e) {
        throw unreadable(i, e);
      }
    }
  }

  private InputException unreadable(int parameter, IOException cause) {
    Path file = ((InFile) places.get(parameter)).stored().file();
    return DiskRefusal.unreadable(
        file,
        cause,
        () ->
            new InputException(
                file + ", variable " + parameters.names().get(parameter),
                "the variables cannot be read: " + cause.getMessage(),
                "a whole checkpoint with every variable of the graph",
                "export or copy the model again",
                cause));
  }
}
