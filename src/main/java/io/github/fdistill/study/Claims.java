package io.github.fdistill.study;

import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.evaluation.ModeCoverage;
import io.github.fdistill.report.Table;
import io.github.fdistill.study.StudyPage.Experiment;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * What the paper says of the divergences, beside what was measured: a claim shows where the means
 * over the seeds are in its order by more than both their standard deviations. One seed tells
 * nothing.
 */
final class Claims {
  private static final double GOOD_CORRELATION = 0.9;
  private static final IntPredicate ALL = i -> true;
  private static final String ONE_SEED = "one seed does not tell";

  private Claims() {}

  static Table table(List<Experiment> experiments) {
    Table table = Table.of("claim", "where", "measured", "shows");
    for (Experiment e : experiments) {
      if (has(e, Divergence.REVERSE_KL, Divergence.FORWARD_KL)) {
        table = covers(table, e, Divergence.FORWARD_KL, Divergence.REVERSE_KL);
      }
      if (has(e, Divergence.REVERSE_KL, Divergence.JENSEN_SHANNON)) {
        table = covers(table, e, Divergence.JENSEN_SHANNON, Divergence.REVERSE_KL);
      }
      if (e.readsRatios() && has(e, Divergence.JENSEN_SHANNON, Divergence.FORWARD_KL)) {
        table = tamed(variance(table, e), e);
        table = knows(table, e);
      }
    }
    return table;
  }

  private static boolean has(Experiment e, Divergence... wanted) {
    return e.divergences().containsAll(List.of(wanted));
  }

  private static Table covers(Table table, Experiment e, Divergence more, Divergence less) {
    Summary covering = served(e, more);
    Summary seeking = served(e, less);
    return table.with(
        StudyPage.label(more) + " covers modes that " + StudyPage.label(less) + " neglects",
        e.title(),
        "least served mode: " + covering.text(2) + " against " + seeking.text(2) + " of its weight",
        above(covering, seeking));
  }

  private static Summary served(Experiment e, Divergence divergence) {
    return Summary.of(
        e.of(divergence),
        run -> {
          ModeCoverage coverage = run.coverage();
          return StudyPage.leastServed(run.mixture(), coverage);
        });
  }

  private static Table variance(Table table, Experiment e) {
    Summary js = share(e, Divergence.JENSEN_SHANNON, false);
    Summary forward = share(e, Divergence.FORWARD_KL, false);
    return table.with(
        "h varies more for forward KL than for Jensen-Shannon",
        e.title(),
        "effective share: " + forward.text(2) + " against " + js.text(2),
        above(js, forward));
  }

  private static Table tamed(Table table, Experiment e) {
    Summary plain = share(e, Divergence.FORWARD_KL, false);
    Summary normalised = share(e, Divergence.FORWARD_KL, true);
    return table.with(
        "normalising r tames forward KL",
        e.title(),
        "effective share: " + normalised.text(2) + " with, " + plain.text(2) + " without",
        above(normalised, plain));
  }

  private static Summary share(Experiment e, Divergence divergence, boolean normalised) {
    return Summary.of(
        RatioSection.readers(e),
        run -> {
          RatioStatistics s = run.ratios(RatioSection.EARLY);
          return s.effectiveShare(s.weights(RatioSection.divergence(divergence), normalised), ALL);
        });
  }

  private static Table knows(Table table, Experiment e) {
    Summary correlation =
        Summary.of(RatioSection.readers(e), run -> run.ratios(RatioSection.EARLY).correlation(ALL));
    return table.with(
        "the discriminator's logit knows log r",
        e.title(),
        "correlation " + correlation.text(3) + " over all noise levels",
        known(correlation));
  }

  /** In part where it is above 0 by more than the seeds deviate. */
  static String known(Summary correlation) {
    if (correlation.count() < 2) {
      return ONE_SEED;
    } else if (correlation.mean() > GOOD_CORRELATION) {
      return "yes";
    }
    return correlation.mean() > correlation.deviation() ? "in part" : "no";
  }

  private static String above(Summary greater, Summary less) {
    if (Math.min(greater.count(), less.count()) < 2) {
      return ONE_SEED;
    }
    double difference = greater.mean() - less.mean();
    double spread = Math.max(greater.deviation(), less.deviation());
    if (difference > spread) {
      return "yes";
    }
    return difference < -spread ? "no, the opposite" : "no difference";
  }
}
