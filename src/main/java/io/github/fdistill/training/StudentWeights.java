package io.github.fdistill.training;

import java.nio.file.Path;

/** A student's weights in a checkpoint of its distillation. */
public final class StudentWeights {
  private StudentWeights() {}

  /**
   * Reads them, one after another.
   *
   * @param average of the weights, from 0; -1: the weights themselves
   * @throws io.github.fdistill.InputException when the checkpoint has none of these
   */
  public static float[] read(Path checkpoint, int average) {
    return State.values(checkpoint, average < 0 ? "student/weights" : "student/average_" + average);
  }
}
