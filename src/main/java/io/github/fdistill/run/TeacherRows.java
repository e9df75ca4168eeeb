package io.github.fdistill.run;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.network.StudentModel;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** How many rows a teacher is called with, one that takes no more than its mapping says. */
final class TeacherRows {
  /** Parts of a batch that are tried. */
  private static final int MOST_PARTS = 1000;

  private TeacherRows() {}

  /**
   * Rows for each image of a part of a batch: the student's sample and the real image go through
   * together, or a sample with its class and without; where the discriminator looks at the teacher
   * and has R1, the real image moved a little goes with them.
   */
  static int each(DistillConfig config) {
    return Stage.configs(config).anyMatch(TeacherRows::movesImages) ? 3 : 2;
  }

  private static boolean movesImages(DistillConfig config) {
    DiscriminatorConfig c = config.getDiscriminator();
    return c.getNetwork() == DiscriminatorConfig.Network.TEACHER && c.getR1Weight() > 0;
  }

  /**
   * Refuses batches whose parts are more rows than the teacher takes.
   *
   * @param workers that share a batch
   */
  static void require(Path file, DistillConfig config, int workers, StudentModel teacher) {
    if (teacher.info().getRows() == 0) {
      return;
    }
    int each = each(config);
    int most = teacher.mostRows(Integer.MAX_VALUE) / each;
    int batch = config.getBatchSize();
    long parts = (long) config.getAccumulationSteps() * workers;
    OptionalInt enough =
        IntStream.rangeClosed(1, MOST_PARTS)
            .filter(n -> batch % (n * workers) == 0 && batch / (n * workers) <= most)
            .findFirst();
    Configs.check(
        batch <= most * parts,
        file,
        "batch_size",
        batch,
        "at most "
            + most * parts
            + ", for the mapping of the teacher says rows: "
            + teacher.info().getRows()
            + " and an image takes "
            + each
            + (enough.isPresent() ? "; or accumulation_steps: " + enough.getAsInt() : ""));
  }
}
