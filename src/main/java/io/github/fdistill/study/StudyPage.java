package io.github.fdistill.study;

import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.evaluation.ModeCoverage;
import io.github.fdistill.report.Block;
import io.github.fdistill.report.CloudGrid;
import io.github.fdistill.report.Commands;
import io.github.fdistill.report.Density;
import io.github.fdistill.report.Extent;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.Page;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.PointCloud;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** The page of a study: pictures, tables, and which claims of the paper show. */
public final class StudyPage {
  /** Points of a picture. */
  private static final int SHOWN = 2000;

  private static final int COLUMNS = 4;
  private static final int DENSITY_CELLS = 160;

  private StudyPage() {}

  /**
   * An experiment with its finished runs.
   *
   * @param name for its figures
   */
  public record Experiment(String name, String title, String text, List<FinishedRun> runs) {

    /** Its divergences, in the order of the runs. */
    List<Divergence> divergences() {
      return runs.stream().map(FinishedRun::divergence).distinct().toList();
    }

    List<FinishedRun> of(Divergence divergence) {
      return runs.stream().filter(run -> run.divergence() == divergence).toList();
    }

    GaussianMixture mixture() {
      return runs.get(0).mixture();
    }

    boolean readsRatios() {
      return runs.get(0).result().getReadingCount() > 0;
    }
  }

  /**
   * @param commands that made it
   */
  public static Page of(String commands, List<Experiment> experiments) {
    List<Section> sections = new ArrayList<>();
    sections.add(
        Section.of(
            "What this is",
            new Paragraph(
                (areOfOneStep(experiments) ? "One-step students" : "Students")
                    + " of teachers that are known in closed form: mixtures of Gaussians,"
                    + " whose density, scores and denoiser have formulas. Each student was trained"
                    + " by the same steps as one of images, with "
                    + divergencesAndSeeds(experiments)),
            new Commands(commands),
            new Paragraph(
                experiments.stream().mapToInt(e -> e.runs().size()).sum() + " runs in all.")));
    sections.add(new Section("Which claims show", List.of(Claims.table(experiments))));
    for (Experiment experiment : experiments) {
      sections.add(section(experiment));
      if (experiment.readsRatios()) {
        sections.add(RatioSection.of(experiment));
      }
    }
    return new Page("The divergences on mixtures of Gaussians", sections);
  }

  /** All experiments have the same. */
  private static String divergencesAndSeeds(List<Experiment> experiments) {
    List<Divergence> divergences = experiments.get(0).divergences();
    int seeds = experiments.get(0).of(divergences.get(0)).size();
    String words = divergences.size() == 1 ? "one divergence" : divergences.size() + " divergences";
    return words
        + (seeds == 1
            ? " and one seed, which does not tell how much seeds differ."
            : " and "
                + seeds
                + " seeds of each; numbers are means over the seeds ± their standard deviation.");
  }

  private static boolean areOfOneStep(List<Experiment> experiments) {
    return experiments.stream().allMatch(e -> e.runs().stream().allMatch(r -> r.steps() == 1));
  }

  private static Section section(Experiment experiment) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Paragraph(experiment.text()));
    blocks.add(clouds(experiment));
    blocks.add(coverage(experiment));
    blocks.add(
        new Paragraph(
            "A sample belongs to the mode nearest in that mode's standard deviations. A mode is"
                + " covered when at least a quarter of the samples that its weight promises lie"
                + " within 3 of them. KL is that of the samples' shares of the modes against the"
                + " weights, in nats; the least served mode's share is given against its weight."));
    return new Section(experiment.title(), blocks);
  }

  /** The teacher's samples and those of the first seed's student of each divergence. */
  private static Figure clouds(Experiment experiment) {
    GaussianMixture mixture = experiment.mixture();
    Density density = density(mixture);
    List<PointCloud> clouds = new ArrayList<>();
    float[] truth = new float[2 * SHOWN];
    SplittableRandom random = new SplittableRandom(0);
    for (int i = 0; i < SHOWN; i++) {
      mixture.draw(random, truth, 2 * i);
    }
    clouds.add(new PointCloud("teacher", truth, density));
    for (Divergence divergence : experiment.divergences()) {
      float[] points = experiment.of(divergence).get(0).points(SHOWN);
      clouds.add(new PointCloud(label(divergence), points, density));
    }
    return new Figure(
        experiment.name() + "-samples",
        new CloudGrid(COLUMNS, clouds).draw(),
        "Samples of the teacher and of each divergence's "
            + student(experiment.runs().get(0).steps())
            + " (first seed), over the teacher's density.",
        "Scatter plots of samples for each divergence");
  }

  private static String student(int steps) {
    return steps == 1 ? "one-step student" : "student of " + steps + " steps";
  }

  private static Density density(GaussianMixture mixture) {
    double half = 0;
    for (int k = 0; k < mixture.count(); k++) {
      for (int d = 0; d < 2; d++) {
        double reach = Math.abs(mixture.means()[k][d]) + 4 * Math.sqrt(mixture.variances()[k][d]);
        half = Math.max(half, reach);
      }
    }
    return Density.of(
        Extent.square(half),
        DENSITY_CELLS,
        DENSITY_CELLS,
        (x, y) -> Math.exp(mixture.logDensity(new double[] {x, y}, 0)));
  }

  private static Table coverage(Experiment experiment) {
    int modes = experiment.mixture().count();
    Table table =
        Table.of(
            "divergence",
            "modes covered, of " + modes,
            "KL of mode shares",
            "least served mode",
            "within 3 deviations");
    for (Divergence divergence : experiment.divergences()) {
      List<ModeCoverage> all =
          experiment.of(divergence).stream().map(FinishedRun::coverage).toList();
      table =
          table.with(
              label(divergence),
              Summary.of(all, ModeCoverage::covered).text(1),
              Summary.of(all, ModeCoverage::divergence).text(4),
              Summary.of(all, c -> leastServed(experiment.mixture(), c)).text(2),
              Summary.of(all, ModeCoverage::within).text(3));
    }
    return table;
  }

  static double leastServed(GaussianMixture mixture, ModeCoverage coverage) {
    double least = Double.POSITIVE_INFINITY;
    for (int k = 0; k < mixture.count(); k++) {
      least = Math.min(least, coverage.shares()[k] / mixture.weights()[k]);
    }
    return least;
  }

  /** As a table calls it: "reverse KL". */
  static String label(Divergence divergence) {
    String words = divergence.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return words
        .replace(" kl", " KL")
        .replace("jensen shannon", "Jensen-Shannon")
        .replace("hellinger", "Hellinger")
        .replace("jeffreys", "Jeffreys")
        .replace("neyman chi2", "Neyman chi²");
  }
}
