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
    return c.getStudentInput() == StudentInput.REAL_IMAGES ? ofRealImages(few) : ofOwnSamples(few);
  }

  /** Of one evaluation, from noise. */
  static StudentSamples inOneStep(Generator student) {
    return (tf, in, stream) ->
        student.sample(in.normal(tf, stream + "/z", student.noise()), in.condition());
  }

  /** After a step of its own that starts from its own sample of the step before. */
  static StudentSamples ofOwnSamples(FewSteps student) {
    return (tf, in, stream) ->
        student.sampleAt(
            in.normal(tf, stream + "/z", student.noise()),
            steps(tf, in, stream, student),
            in.condition());
  }

  /** After a step that starts from a real image with noise. */
  static StudentSamples ofRealImages(FewSteps student) {
    return (tf, in, stream) ->
        student.sampleOf(
            in.real(tf),
            in.normalImages(tf, stream + "/z"),
            steps(tf, in, stream, student),
            in.condition());
  }

  /** Of each row, as likely as another: [B]. */
  private static Expr steps(Ops tf, StepInputs in, String stream, FewSteps student) {
    return in.uniform(tf, stream + "/step").times(student.steps().count()).floor();
  }
}
