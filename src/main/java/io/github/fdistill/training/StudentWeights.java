package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.config.LoraConfig;
import io.github.fdistill.network.StudentModel;
import java.nio.file.Path;
import org.tensorflow.ndarray.Shape;

/** A student's weights in a checkpoint of its distillation. */
public final class StudentWeights {
  private StudentWeights() {}

  /**
   * A student with them; they are read when they are asked for.
   *
   * @param average of the weights, from 0; -1: the weights themselves
   * @param network that they are of, as the run began with it
   * @param lora adapters that the run trained
   * @param apart whether adapters stay beside the network's weights; else they are a part of them
   * @throws InputException when the checkpoint has none of these, or not those of that network
   */
  public static StudentModel in(
      Path checkpoint, int average, StudentModel network, LoraConfig lora, boolean apart) {
    TrainedModel trained = TrainedModel.of(network, lora);
    CheckpointWeights found = find(checkpoint, average, trained);
    return apart ? trained.apart(found) : network.with(trained.merged(found));
  }

  private static CheckpointWeights find(Path checkpoint, int average, TrainedModel trained) {
    String student = VariableNames.STUDENT;
    CheckpointWeights found =
        SavedState.weights(
            checkpoint,
            average < 0 ? VariableNames.weights(student) : VariableNames.average(student, average),
            trained.parameters());
    long needed = found.parameters().size();
    if (!found.stored().fits(Shape.of(needed))) {
      throw new InputException(
          checkpoint.toString(),
          found.stored().shape().size() + " weights of the student",
          needed + ", as " + trained.model().origin() + " has",
          "put the models that the run began with where its config names them");
    }
    return found;
  }
}
