package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.network.DenoiserModel;

/** Whether settings and models go together; asked before a run begins. */
public final class DistillationChecks {
  private DistillationChecks() {}

  /** Refuses guidance by a teacher that does not know "no class". */
  public static void requireGuidable(DenoiserModel teacher, double guidance) {
    if (guidance != 1 && teacher.info().getClasses() <= 0) {
      throw new InputException(
          "field guidance",
          "" + guidance,
          "1 (none): "
              + teacher.origin()
              + (teacher.conditional()
                  ? " does not say in assets.extra/denoiser.pbtxt how many classes it has"
                  : " takes no label"),
          "take guidance 1, or a teacher that knows \"no class\"");
    }
  }

  /** Refuses features of the discriminator that its network does not have. */
  public static void requireFeatures(Distillation.Models models, DistillConfig config) {
    DiscriminatorFeatures.of(models, config.getDiscriminator());
  }
}
