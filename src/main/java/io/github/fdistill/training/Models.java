package io.github.fdistill.training;

import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;

/**
 * The networks of a distillation as they begin.
 *
 * @param teacher frozen
 * @param student where the student begins: a denoiser, or a generator of any architecture
 * @param fakeScore where the fake score begins: as the teacher, unless that has no weights
 */
public record Models(DenoiserModel teacher, StudentModel student, DenoiserModel fakeScore) {

  /** The fake score begins as the teacher, or where that has no weights as the student. */
  public static Models of(DenoiserModel teacher, DenoiserModel student) {
    return new Models(teacher, student, teacher.hasWeights() ? teacher : student);
  }
}
