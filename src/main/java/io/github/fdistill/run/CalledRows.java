package io.github.fdistill.run;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.training.DistillationChecks;
import io.github.fdistill.training.Models;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How many rows each network of a distillation is called with, where one takes no more than its
 * mapping says.
 *
 * @param name of the network
 * @param network of a fixed number of rows
 * @param images of a part of a batch, one for each of its weights that take them in turn
 * @param each rows that so many images take, at the most
 */
record CalledRows(String name, StudentModel network, int images, int each) {
  /** Parts of a batch that are tried. */
  private static final int MOST_PARTS = 1000;

  /** Of those networks whose mapping says how many rows they take. */
  private static Stream<CalledRows> of(Models models, DistillConfig config) {
    return Stream.of(
            new CalledRows("teacher", models.teacher(), 1, ofTeacher(config)),
            new CalledRows("student", models.student(), 1, 1),
            new CalledRows(
                "fake score",
                models.fakeScore(),
                DistillationChecks.rowsTogether(config),
                ofFakeScore(config)))
        .filter(called -> called.rows() > 0);
  }

  /**
   * The student's sample and the real image go through the teacher together, or a sample with its
   * class and without; where the discriminator looks at it and has R1, the real image moved a
   * little goes with them.
   */
  private static int ofTeacher(DistillConfig config) {
    return moves(config, DiscriminatorConfig.Network.TEACHER) ? 3 : 2;
  }

  /** The sample goes through by itself; then the real image, with R1 beside the moved one. */
  private static int ofFakeScore(DistillConfig config) {
    return moves(config, DiscriminatorConfig.Network.FAKE_SCORE) ? 2 : 1;
  }

  /** Whether the discriminator looks at a network, and moves images for it in any stage. */
  private static boolean moves(DistillConfig config, DiscriminatorConfig.Network network) {
    return Stage.configs(config)
        .map(DistillConfig::getDiscriminator)
        .anyMatch(c -> c.getNetwork() == network && c.getR1Weight() > 0);
  }

  private int rows() {
    return network.info().getRows();
  }

  /** Images of a part that it takes, at the most. */
  private int most() {
    return rows() / each * images;
  }

  /** Images at a time that all of the networks take; none where they take any number. */
  static OptionalInt most(Models models, DistillConfig config) {
    return of(models, config).mapToInt(CalledRows::most).min();
  }

  /**
   * Refuses batches whose parts are more rows than a network takes.
   *
   * @param workers that share a batch
   */
  static void require(Path file, DistillConfig config, int workers, Models models) {
    requireExact(file, config, models.student().info().getRows());
    Optional<CalledRows> fewest = of(models, config).min(Comparator.comparingInt(CalledRows::most));
    if (fewest.isEmpty()) {
      return;
    }
    int together = DistillationChecks.rowsTogether(config);
    int most = fewest.get().most() / together * together;
    int batch = config.getBatchSize();
    long parts = (long) config.getAccumulationSteps() * workers;
    OptionalInt enough =
        IntStream.rangeClosed(1, MOST_PARTS)
            .filter(n -> batch % (n * workers * together) == 0 && batch / (n * workers) <= most)
            .findFirst();
    Configs.check(
        batch <= most * parts,
        file,
        "batch_size",
        batch,
        "at most "
            + most * parts
            + fewest.get().why()
            + (together == 1
                ? ""
                : "; parts have as many rows for each of student_steps "
                    + together
                    + ", or student_critics is OF_ALL_STEPS")
            + (enough.isPresent() ? "; or accumulation_steps: " + enough.getAsInt() : ""));
  }

  private String why() {
    return ", for the mapping of the "
        + name
        + " says rows: "
        + rows()
        + " and "
        + (images == 1 ? "an image takes " : images + " images take ")
        + each;
  }

  /**
   * Samples that the student is asked for at once, whatever the batch.
   *
   * @param rows that it takes; 0: any number
   */
  private static void requireExact(Path file, DistillConfig config, int rows) {
    RatioConfig c = config.getRatio();
    Configs.check(
        rows == 0 || c.getSource() != RatioConfig.Source.EXACT || c.getExactSamples() <= rows,
        file,
        "ratio.exact_samples",
        c.getExactSamples(),
        "at most " + rows + ", as the mapping of the student says rows: " + rows);
  }
}
