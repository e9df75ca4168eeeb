package io.github.fdistill.study;

import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.RatioConfig.Spacing;
import io.github.fdistill.divergence.FDivergence;
import io.github.fdistill.report.Axis;
import io.github.fdistill.report.Block;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.LineChart;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Reference;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Series;
import io.github.fdistill.report.Table;
import io.github.fdistill.study.RatioStatistics.Calibration;
import io.github.fdistill.study.StudyPage.Experiment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.ToDoubleFunction;

/**
 * What an experiment's readings say: how the weights of each divergence spread, and how well the
 * discriminator knows the ratio. The students are those of {@link #readers one divergence}, one for
 * each seed; the weights of every divergence are computed on the same samples.
 */
final class RatioSection {
  static final int EARLY = 0;
  private static final int END = 1;
  private static final int PARTS = 12;

  private RatioSection() {}

  static Section of(Experiment experiment) {
    List<FinishedRun> runs = readers(experiment);
    long step = runs.get(0).result().getReading(EARLY).getStep();
    String when =
        String.format(Locale.ROOT, "at step %d of %d", step, runs.get(0).config().getSteps());
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        new Paragraph(
            "The students of "
                + StudyPage.label(runs.get(0).divergence())
                + " "
                + when
                + ", while student and teacher still differ. Every divergence's weights h(r) are"
                + " computed on the same samples, once with r as the discriminator gives it"
                + " (clipped) and once divided by its mean in each of the noise bins. The effective"
                + " share is (sum h)² / (n sum h²); the variance is that of the weighted gradient"
                + " by a sample, h (fake - real) / scale with h of mean 1, against reverse KL's."));
    blocks.add(weights(experiment.divergences(), runs));
    for (boolean normalised : new boolean[] {false, true}) {
      blocks.add(shares(experiment, runs, normalised));
      blocks.add(variances(experiment, runs, normalised));
    }
    blocks.add(
        new Paragraph(
            "How well the logit knows log r, "
                + when
                + " and at the end. The truth is the teacher's log density less the logarithm of"
                + " the student's, a mean over 8192 of its samples."));
    blocks.add(calibrationTable(runs));
    blocks.add(
        figure(
            experiment.name() + "-calibration",
            calibration(runs.get(0)),
            "Mean true log r of samples with like logits (first seed, "
                + when
                + "), for four ranges of noise; on the grey line the logit is right."));
    return new Section(experiment.title() + ": ratio and weights", blocks);
  }

  private static Figure shares(Experiment e, List<FinishedRun> runs, boolean normalised) {
    return figure(
        e.name() + "-effective-share-" + kind(normalised),
        chart(
            "Effective share of samples, " + kind(normalised) + " r",
            "effective share",
            e.divergences(),
            runs,
            normalised,
            (s, w, bin) -> s.effectiveShare(w, s.inBin(bin))),
        "Effective share of the samples in each noise bin, with " + kind(normalised) + " r.");
  }

  private static Figure variances(Experiment e, List<FinishedRun> runs, boolean normalised) {
    return figure(
        e.name() + "-variance-" + kind(normalised),
        chart(
            "Variance of the weighted gradient, " + kind(normalised) + " r",
            "variance, reverse KL = 1",
            e.divergences(),
            runs,
            normalised,
            (s, w, bin) ->
                s.gradientVariance(w, s.inBin(bin)) / s.gradientVariance(equal(s), s.inBin(bin))),
        "Variance of the weighted gradient in each noise bin against reverse KL's, with "
            + kind(normalised)
            + " r.");
  }

  private static String kind(boolean normalised) {
    return normalised ? "normalised" : "plain";
  }

  /**
   * The runs that every divergence's weights are computed on: those of Jensen-Shannon, or of the
   * first divergence where that is not among them.
   */
  static List<FinishedRun> readers(Experiment experiment) {
    List<FinishedRun> chosen = experiment.of(Divergence.JENSEN_SHANNON);
    return chosen.isEmpty() ? experiment.of(experiment.divergences().get(0)) : chosen;
  }

  static FDivergence divergence(Divergence name) {
    return FDivergence.Named.valueOf(name.name());
  }

  private static double[] equal(RatioStatistics s) {
    return s.weights(FDivergence.Named.REVERSE_KL, false);
  }

  private static Table weights(List<Divergence> divergences, List<FinishedRun> runs) {
    IntPredicate all = i -> true;
    Table table =
        Table.of(
            "divergence",
            "effective share, plain r",
            "normalised r",
            "variance, plain r",
            "normalised r ");
    for (Divergence name : divergences) {
      List<String> row = new ArrayList<>(List.of(StudyPage.label(name)));
      for (boolean variance : new boolean[] {false, true}) {
        for (boolean normalised : new boolean[] {false, true}) {
          ToDoubleFunction<FinishedRun> value =
              run -> {
                RatioStatistics s = run.ratios(EARLY);
                double[] w = s.weights(divergence(name), normalised);
                return variance
                    ? s.gradientVariance(w, all) / s.gradientVariance(equal(s), all)
                    : s.effectiveShare(w, all);
              };
          row.add(Summary.of(runs, value).text(3));
        }
      }
      table = table.with(row.toArray(String[]::new));
    }
    return table;
  }

  /** A number of a noise bin. */
  private interface BinValue {
    double of(RatioStatistics s, double[] weights, int bin);
  }

  private static LineChart chart(
      String title,
      String label,
      List<Divergence> divergences,
      List<FinishedRun> runs,
      boolean normalised,
      BinValue value) {
    LineChart chart = LineChart.of(title, Axis.log("noise level sigma"), Axis.linear(label));
    RatioStatistics.NoiseBins noise = runs.get(0).ratios(EARLY).noise();
    double[] middles = new double[noise.count()];
    for (int bin = 0; bin < middles.length; bin++) {
      middles[bin] = noise.middle(bin);
    }
    for (Divergence name : divergences) {
      double[] means = new double[middles.length];
      for (FinishedRun run : runs) {
        RatioStatistics s = run.ratios(EARLY);
        double[] w = s.weights(divergence(name), normalised);
        for (int bin = 0; bin < means.length; bin++) {
          means[bin] += value.of(s, w, bin) / runs.size();
        }
      }
      chart = chart.with(new Series(StudyPage.label(name), middles, means));
    }
    return chart;
  }

  private static Table calibrationTable(List<FinishedRun> runs) {
    Table table =
        Table.of(
            "noise level",
            "correlation, early",
            "rms error, early",
            "clipped, early",
            "correlation, end",
            "rms error, end",
            "clipped, end");
    RatioStatistics.NoiseBins noise = runs.get(0).ratios(EARLY).noise();
    for (int bin = 0; bin < noise.count(); bin++) {
      int b = bin;
      List<String> row = new ArrayList<>();
      row.add(String.format(Locale.ROOT, "%.3f", noise.middle(bin)));
      for (int reading : new int[] {EARLY, END}) {
        row.add(Summary.of(runs, r -> correlation(r.ratios(reading), b)).text(2));
        row.add(Summary.of(runs, r -> error(r.ratios(reading), b)).text(2));
        row.add(Summary.of(runs, r -> clipped(r.ratios(reading), b)).text(3));
      }
      table = table.with(row.toArray(String[]::new));
    }
    return table;
  }

  private static double correlation(RatioStatistics s, int bin) {
    return s.correlation(s.inBin(bin));
  }

  private static double error(RatioStatistics s, int bin) {
    return s.error(s.inBin(bin));
  }

  private static double clipped(RatioStatistics s, int bin) {
    return s.clippedShare(s.inBin(bin));
  }

  static LineChart calibration(FinishedRun run) {
    RatioStatistics early = run.ratios(EARLY);
    RatioStatistics.NoiseBins fine = early.noise();
    RatioStatistics s =
        new RatioStatistics(
            early.reading(),
            early.ratio(),
            new RatioStatistics.NoiseBins(fine.low(), fine.high(), 4, Spacing.LOG));
    LineChart chart =
        LineChart.of(
                "Calibration of the discriminator",
                Axis.linear("logit (mean of samples alike)"),
                Axis.linear("true log r"))
            .with(Reference.diagonal("right"));
    for (int bin = 0; bin < s.noise().count(); bin++) {
      List<Calibration> curve = s.calibration(s.inBin(bin), PARTS);
      if (curve.isEmpty()) {
        continue; // No sample has such noise: a line without points has no place in a legend.
      }
      chart =
          chart.with(
              new Series(
                  String.format(Locale.ROOT, "sigma about %.2g", s.noise().middle(bin)),
                  curve.stream().mapToDouble(Calibration::logit).toArray(),
                  curve.stream().mapToDouble(Calibration::logRatio).toArray()));
    }
    return chart;
  }

  private static Figure figure(String name, LineChart chart, String caption) {
    return new Figure(name, chart.draw(), caption, chart.title());
  }
}
