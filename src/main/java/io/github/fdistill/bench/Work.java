package io.github.fdistill.bench;

import io.github.fdistill.training.Turn;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What is timed. Its {@link #toString text} is its name on the command line, in tables and in JSON.
 */
public enum Work {
  /** An update of fake score and discriminator. */
  CRITIC("critic"),
  /** An update of the student. */
  STUDENT("student"),
  /** A whole step: the critics' updates and the student's. */
  CYCLE("cycle"),
  /** A step of pretraining. */
  PRETRAIN("pretrain"),
  /** Drawing images from the teacher. */
  HEUN("heun"),
  /** Drawing images from the student. */
  ONE_STEP("one-step"),
  /** A product of matrices, which the others are held against. */
  MATRICES("matrix product");

  /** What can be asked for, in the order that it is timed. */
  public static final Set<Work> ASKED =
      Collections.unmodifiableSet(EnumSet.range(CRITIC, ONE_STEP));

  private final String text;

  Work(String text) {
    this.text = text;
  }

  /** What a turn of a training is. */
  static Work of(Turn.Kind kind) {
    return switch (kind) {
      case CRITIC -> CRITIC;
      case STUDENT -> STUDENT;
      case PRETRAIN -> PRETRAIN;
      case CLASSIFIER -> throw new IllegalArgumentException("no classifier is timed");
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
