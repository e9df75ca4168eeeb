package io.github.fdistill.training;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.StudentInput;
import io.github.fdistill.diffusion.FewSteps;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.expr.Expr;
import org.tensorflow.op.Ops;

/**
 * Fresh samples of the student, which its losses are of: of one of several steps, a sample for each
 * row after a step that is drawn for it, so that the samples of every step come to be like the
 * teacher's.
 */
@FunctionalInterface
interface StudentSamples {

  /**
   * A batch's, or a part's, under its condition.
   *
   * @param stream names these draws among those of a step
   * @return [B,H,W,C]
   */
  Expr of(Ops tf, StepInputs in, String stream);

  /** As a run's settings say. */
  static StudentSamples of(Generator student, DistillConfig c) {
    if (!(student instanceof FewSteps few)) {
      return inOneStep(student);
    }
    StepOfRow step = Choices.critics(c) == 1 ? StepOfRow.DRAWN : StepOfRow.IN_TURN;
    return c.getStudentInput() == StudentInput.REAL_IMAGES
        ? ofRealImages(few, step)
        : ofOwnSamples(few, step);
  }

  /** Of one evaluation, from noise. */
  static StudentSamples inOneStep(Generator student) {
    return (tf, in, stream) ->
        student.sample(in.normal(tf, stream + "/z", student.noise()), in.condition());
  }

  /** After a step of its own that starts from its own sample of the step before. */
  static StudentSamples ofOwnSamples(FewSteps student, StepOfRow step) {
    return (tf, in, stream) ->
        student.sampleAt(
            in.normal(tf, stream + "/z", student.noise()),
            step.of(tf, in, stream, student.steps().count()),
            in.condition());
  }

  /** After a step that starts from a real image with noise. */
  static StudentSamples ofRealImages(FewSteps student, StepOfRow step) {
    return (tf, in, stream) ->
        student.sampleOf(
            in.real(tf),
            in.normalImages(tf, stream + "/z"),
            step.of(tf, in, stream, student.steps().count()),
            in.condition());
  }

  /** After which step a row of a batch is, from 0: [B]. */
  @FunctionalInterface
  interface StepOfRow {
    /** Each as likely. */
    StepOfRow DRAWN =
        (tf, in, stream, steps) -> in.uniform(tf, stream + "/step").times(steps).floor();

    /** Row i after step i mod K, as {@link io.github.fdistill.expr.Dealt} has it. */
    StepOfRow IN_TURN =
        (tf, in, stream, steps) -> {
          float[] each = new float[in.rows()];
          for (int i = 0; i < each.length; i++) {
            each[i] = i % steps;
          }
          return Expr.of(tf, tf.constant(each));
        };

    /**
     * The step of each row of a part.
     *
     * @param stream names these draws among those of a step
     * @param steps K
     */
    Expr of(Ops tf, StepInputs in, String stream, int steps);
  }
}
