package io.github.fdistill.config;

import java.util.List;

/** Which averages of its student's weights a distillation keeps. */
public final class Averages {
  private Averages() {}

  /**
   * Those that are listed. None listed: one, of the usual decay; or none where the weights
   * themselves are exported, for which an average would be as much memory for nothing.
   */
  public static List<AverageConfig> of(DistillConfig c) {
    if (c.getAverageCount() > 0) {
      return c.getAverageList();
    }
    return c.getExportAverage() < 0 ? List.of() : List.of(AverageConfig.getDefaultInstance());
  }

  /** What an average is called, such as {@code average_0}; -1: the weights themselves. */
  public static String name(int average) {
    return average < 0 ? "weights" : "average_" + average;
  }

  /** What a measure of it is called in a run's metrics, such as {@code average_0/fid}. */
  public static String measure(int average, String measure) {
    return name(average) + "/" + measure;
  }
}
