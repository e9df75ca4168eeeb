package io.github.fdistill.config;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Data of a distillation that are prompts alone: a text file of one a line. Student, fake score and
 * teacher need no images; what learns from images, or is measured beside them, cannot be.
 */
public final class PromptsAlone {
  private static final String ENDING = ".txt";

  private PromptsAlone() {}

  /** Whether a path is that of prompts, by its ending. */
  public static boolean are(DatasetConfig dataset) {
    return are(dataset.getPath());
  }

  /** The same of a path alone. */
  public static boolean are(String path) {
    return path.toLowerCase(Locale.ROOT).endsWith(ENDING);
  }

  /** Refuses settings that need images beside prompts alone: all of them at once. */
  static void check(Path file, DistillConfig c) {
    if (!are(c.getDataset())) {
      return;
    }
    double gan = c.getDiscriminator().getGanWeight();
    double r1 = c.getDiscriminator().getR1Weight();
    DatasetConfig data = c.getDataset();
    boolean onImages = c.getStudentInput() == DistillConfig.StudentInput.REAL_IMAGES;
    InputException.all(
        () -> require(gan == 0, file, "discriminator.gan_weight", gan, "0"),
        () -> require(r1 == 0, file, "discriminator.r1_weight", r1, "0"),
        () -> require(weighsAlike(c), file, "divergence", c.getDivergence(), "REVERSE_KL"),
        () ->
            require(
                c.getRatio().getSource() == RatioConfig.Source.DISCRIMINATOR,
                file,
                "ratio.source",
                c.getRatio().getSource(),
                "DISCRIMINATOR"),
        () -> require(!onImages, file, "student_input", c.getStudentInput(), "OWN_SAMPLES"),
        () ->
            require(
                c.getEvaluation().getEverySteps() == 0,
                file,
                "evaluation.every_steps",
                c.getEvaluation().getEverySteps(),
                "0"),
        () -> require(!data.getFlip(), file, "dataset.flip", "true", "false"),
        () -> requireNoRows(file, data.getByRowCount()));
  }

  /** Whether h(r) is the same for every r: of reverse KL alone. */
  private static boolean weighsAlike(DistillConfig c) {
    return c.getDivergence() == DistillConfig.Divergence.REVERSE_KL
        || c.getDivergence() == DistillConfig.Divergence.ALPHA && c.getAlpha() == 0;
  }

  private static void require(boolean ok, Path file, String field, Object found, String needed) {
    if (!ok) {
      throw refused(file, field, found, needed, "--set " + field + "=" + needed);
    }
  }

  /** What a config lists no {@code --set} takes away. */
  private static void requireNoRows(Path file, int files) {
    if (files > 0) {
      String found = files + (files == 1 ? " file" : " files") + " beside the prompts";
      throw refused(file, "dataset.by_row", found, "none", "take by_row out of " + file);
    }
  }

  private static InputException refused(
      Path file, String field, Object found, String needed, String remedy) {
    return new InputException(
        file + ": " + field,
        found + ", which needs images, and dataset.path names prompts alone",
        needed,
        remedy + ", or name pictures with captions (--set dataset.path=PATH)");
  }
}
