package io.github.fdistill.run;

import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.evaluation.FeatureContract;
import io.github.fdistill.journal.RunFolder;
import java.io.IOException;

/**
 * What the settings alone tell of a run, its workers and this machine: refused before images are
 * read, and before they are encoded, which may take hours.
 */
final class SettingsAlone {
  private SettingsAlone() {}

  /**
   * Refuses a name that is none or that of a run that goes on, batches that the workers cannot
   * share, and measures by what is no features network.
   *
   * @param batch images
   * @param parts that each worker computes its share in
   */
  static void require(
      RunOrder order, String name, int batch, int parts, EvaluationConfig evaluation)
      throws IOException {
    RunName.require(name);
    order.requireShares(batch, parts);
    if (!order.dry() && !order.follows()) {
      RunFolder.requireFree(RunSession.folder(order.workspace(), name));
    }
    if (evaluation.getEverySteps() > 0) {
      FeatureContract.read(order.workspace().path(evaluation.getFeatures()));
    }
  }
}
