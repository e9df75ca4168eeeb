package io.github.fdistill.run;

import io.github.fdistill.Logs;
import io.github.fdistill.config.Averages;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.logging.log4j.Logger;

/**
 * Tells when a distillation's measures on the way no longer improve: when none of the last {@link
 * #MEASURES} is {@link #GAIN} below the lowest of those before them. It looks at the FID of the
 * average that is exported.
 */
final class Plateau {
  private static final Logger LOG = Logs.of(Plateau.class);

  /** How many measures in a row are to be without gain. */
  static final int MEASURES = 5;

  /** What a measure that counts as better is below the lowest before, as a share of that. */
  static final double GAIN = 0.02;

  /** What a measure may be above the lowest by chance, as a share of that. */
  private static final double CHANCE = 0.05;

  /** In the record of a run that ended on one: why. */
  static final String ENTRY = "plateau";

  /** In the record of a run that ended on one: where. */
  static final String STEP = "plateau_step";

  private final String measure;
  private final List<Double> measured = new ArrayList<>();
  private final List<Long> steps = new ArrayList<>();

  /**
   * @param average that is exported
   */
  Plateau(int average) {
    measure = Averages.measure(average, "fid");
  }

  /**
   * That of a run with what it has measured up to a step, as if it had never stopped.
   *
   * @param files of its folder
   */
  static Plateau resumed(DistillConfig config, RunFiles files, long made) {
    Plateau plateau = new Plateau(config.getExportAverage());
    Metrics.between(files.metrics(), 0, made, (step, numbers) -> plateau.add(step + 1, numbers));
    return plateau;
  }

  /** The step that a run of a folder ended at on a plateau, where it was to end on one and did. */
  static OptionalLong ended(RunFiles files) {
    if (!files.hasSaved() || !RegularFile.isThere(files.record())) {
      return OptionalLong.empty();
    }
    double noted = RecordFile.read(files.record()).number(STEP).orElse(0.0);
    return RunSettings.of(files, DistillConfig.getDefaultInstance())
        .filter(begun -> begun.getUntil() == DistillConfig.Until.PLATEAU)
        .filter(begun -> noted == begun.getSteps())
        .map(begun -> OptionalLong.of(begun.getSteps()))
        .orElse(OptionalLong.empty());
  }

  /** Takes in what was measured after a step; an average whose images were no numbers has none. */
  void add(long step, Map<String, Double> all) {
    if (all.containsKey(measure)) {
      add(step, all.get(measure));
    }
  }

  /**
   * A run that went back to an earlier step measures again: what it measured then counts no more.
   */
  private void add(long step, double value) {
    while (!steps.isEmpty() && steps.get(steps.size() - 1) >= step) {
      steps.remove(steps.size() - 1);
      measured.remove(measured.size() - 1);
    }
    steps.add(step);
    measured.add(value);
  }

  /** Whether the last measures were without gain. */
  boolean isReached() {
    return isReachedBy(measured);
  }

  /** The same of any measures of one model, in their order; what is no number is no gain. */
  static boolean isReachedBy(List<Double> measured) {
    int before = measured.size() - MEASURES;
    return before > 0
        && !(Collections.min(measured.subList(before, measured.size()))
            < (1 - GAIN) * Collections.min(measured.subList(0, before)));
  }

  /** Whether a measure is the lowest of some, or no further above it than chance brings it. */
  static boolean isNear(double measured, double lowest) {
    return measured <= (1 + CHANCE) * lowest;
  }

  /** Why a run ends at a step, and not at its last, said in the log. */
  void tell(long step, long last) {
    LOG.info(
        "The run ends at step {}, not {}: in {} measures {} came no {} % below {}, that of step {}",
        step,
        last,
        MEASURES,
        measure,
        Math.round(100 * GAIN),
        String.format(Locale.ROOT, "%.3g", measured.get(lowest())),
        steps.get(lowest()));
  }

  /** The same for the record. */
  Map<String, Object> entry() {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("measure", measure);
    entry.put("lowest", measured.get(lowest()));
    entry.put("lowest_step", steps.get(lowest()));
    entry.put("measures_without_gain", MEASURES);
    entry.put("gain", GAIN);
    return entry;
  }

  /** Which measure was the lowest before those without gain. */
  private int lowest() {
    List<Double> before = measured.subList(0, measured.size() - MEASURES);
    return before.indexOf(Collections.min(before));
  }
}
