package io.github.fdistill.training;

import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import java.util.OptionalInt;
import java.util.stream.Stream;

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

  /**
   * Images at a time that all of them take, where one takes no more rows than so many.
   *
   * @param each rows that a batch of it may hold of an image
   */
  public OptionalInt mostRows(int each) {
    return Stream.of(teacher, student, fakeScore)
        .mapToInt(model -> model.info().getRows())
        .filter(rows -> rows > 0)
        .map(rows -> Math.max(1, rows / each))
        .min();
  }
}
