package io.github.fdistill.training;

import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.network.DiscriminatorHead;

/**
 * The networks of a distillation.
 *
 * @param teacher frozen; differentiated through
 * @param guidedTeacher the teacher with guidance, of scale 1 where there is none
 * @param fakeScore the score of the student's samples, or those of its steps, row by row
 * @param student G(z, condition): a denoiser in one step or a few, or another generator
 * @param samples of the student, that it learns by
 * @param discriminator logits of teacher against student, or against each of its steps
 * @param logRatio where the ratio of the student's step comes from
 */
record Roles(
    Denoiser teacher,
    Guided guidedTeacher,
    Denoiser fakeScore,
    Generator student,
    StudentSamples samples,
    Discriminator discriminator,
    LogRatio logRatio) {

  /** Where log r comes from. */
  @FunctionalInterface
  interface LogRatio {
    /** The discriminator's logit, which is log r where it is optimal. */
    LogRatio LEARNT = (xNoisy, sigma, teacher, logits) -> logits;

    /** 0, where no discriminator learns: of prompts alone. */
    LogRatio UNKNOWN = (xNoisy, sigma, teacher, logits) -> sigma.times(0);

    /**
     * Finds log r of each image.
     *
     * @param xNoisy [N,H,W,C]
     * @param sigma [N]
     * @param teacher what the teacher made of it, without guidance
     * @param logits [N], the discriminator's
     * @return log p_sigma(x) - log q_sigma(x), [N]
     */
    Expr of(Expr xNoisy, Expr sigma, Denoiser.Pass teacher, Expr logits);
  }

  /** What tells real images from the student's, by features of a denoiser. */
  @FunctionalInterface
  interface Discriminator {

    /**
     * Tells real images from the student's.
     *
     * @param xNoisy what the denoiser saw
     * @param pass what it made of it
     * @return logits of each step, high for what looks like the teacher's
     */
    DiscriminatorHead.Logits logits(Expr xNoisy, Denoiser.Pass pass);
  }
}
