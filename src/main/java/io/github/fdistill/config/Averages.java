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
}
