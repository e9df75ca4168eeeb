package io.github.fdistill.run;

import io.github.fdistill.config.Averages;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.RunFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was measured of a teacher while it was pretrained, in all sessions of its run, and what that
 * says of it at the end.
 */
final class TeacherMeasures {
  /** A teacher of which so few images lie among real ones is no teacher yet. */
  private static final double LEAST_PRECISION = 0.3;

  /** What the last third of the steps still gains, where more would gain more. */
  private static final double STILL_GAINS = 0.15;

  private static final String FID = named("fid");
  private static final String PRECISION = named("precision");

  /** By the steps that were made until then. */
  private final TreeMap<Long, Measured> all = new TreeMap<>();

  private record Measured(double fid, double precision) {}

  /**
   * With what a run has measured up to a step, as if it had never stopped.
   *
   * @param files of its folder
   */
  static TeacherMeasures resumed(RunFiles files, long made) {
    TeacherMeasures measures = new TeacherMeasures();
    Metrics.between(files.metrics(), 0, made, (step, numbers) -> measures.add(step + 1, numbers));
    return measures;
  }

  /** What a measure is called in the metrics: it is of the average that is exported. */
  static String named(String measure) {
    return Averages.measure(0, measure);
  }

  /** Takes in what was measured after a step, by name; images that were no numbers have none. */
  void add(long step, Map<String, Double> numbers) {
    if (numbers.containsKey(FID) && numbers.containsKey(PRECISION)) {
      all.put(step, new Measured(numbers.get(FID), numbers.get(PRECISION)));
    }
  }

  /** Whether the teacher is too poor for a student to learn from, or gains by every step. */
  List<String> advice(long steps) {
    List<String> advice = new ArrayList<>();
    if (all.isEmpty()) {
      return advice;
    }
    Measured last = all.lastEntry().getValue();
    if (last.precision < LEAST_PRECISION) {
      advice.add(
          String.format(
              Locale.ROOT,
              "Only %.0f %% of the teacher's samples lie among the training images (FID %.3g): a"
                  + " student learns what its teacher draws; train it longer or with a larger network"
                  + " before you distil",
              100 * last.precision,
              last.fid));
    }
    Map.Entry<Long, Measured> before = all.floorEntry(2 * steps / 3);
    if (before != null
        && before.getKey() < all.lastKey()
        && 1 - last.fid / before.getValue().fid > STILL_GAINS
        && Plateau.isNear(last.fid, lowest())) {
      advice.add(
          String.format(
              Locale.ROOT,
              "FID %.3g at step %d, %.3g at step %d, and still falling: more steps make a better"
                  + " teacher",
              before.getValue().fid,
              before.getKey(),
              last.fid,
              all.lastKey()));
    }
    return advice;
  }

  private double lowest() {
    return all.values().stream().mapToDouble(Measured::fid).min().orElseThrow();
  }
}
