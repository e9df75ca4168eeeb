package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.Weights;
import java.nio.file.Path;
import org.tensorflow.ndarray.Shape;

/** A student's weights in a checkpoint of its distillation. */
public final class StudentWeights {
  private StudentWeights() {}

  /**
   * Finds them; they are read when they are asked for.
   *
   * @param average of the weights, from 0; -1: the weights themselves
   * @param network that they are of
   * @throws InputException when the checkpoint has none of these, or not those of that network
   */
  public static Weights find(Path checkpoint, int average, StudentModel network) {
    String student = VariableNames.STUDENT;
    CheckpointWeights found =
        State.weights(
            checkpoint,
            average < 0 ? VariableNames.weights(student) : VariableNames.average(student, average),
            network.function().parameters());
    long needed = found.parameters().size();
    if (!found.stored().fits(Shape.of(needed))) {
      throw new InputException(
          checkpoint.toString(),
          found.stored().shape().size() + " weights of the student",
          needed + ", as " + network.origin() + " has",
          "put the models that the run began with where its config names them");
    }
    return found;
  }
}
