package io.github.fdistill.run;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.evaluation.FeatureContract;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.training.DistillationChecks;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the settings alone tell of a run, its workers and this machine: refused before images are
 * read, and before they are encoded, which may take hours.
 */
final class SettingsAlone {
  private SettingsAlone() {}

  /**
   * Refuses a name that is none, that of a run that goes on, or that of a run of other settings;
   * batches that the workers cannot share; and measures by what is no features network.
   *
   * @param asked with the fields {@code name} and {@code batch_size}, and it may be {@code
   *     accumulation_steps} and {@code evaluation}
   */
  static void require(RunOrder order, Message asked) throws IOException {
    String name = value(asked, "name", "");
    RunName.require(name);
    order.requireShares(
        value(asked, "batch_size", 1),
        value(asked, "accumulation_steps", 1),
        asked instanceof DistillConfig c ? DistillationChecks.rowsTogether(c) : 1,
        SameRun.goesOn(order.workspace(), asked));
    if (!order.dry() && !order.follows()) {
      Path run = RunSession.folder(order.workspace(), name);
      RunFolder.requireFree(run);
      SameRun.requireAsked(run, asked);
    }
    EvaluationConfig evaluation = value(asked, "evaluation", EvaluationConfig.getDefaultInstance());
    if (evaluation.getEverySteps() > 0) {
      FeatureContract.read(order.workspace().path(evaluation.getFeatures()));
    }
  }

  /**
   * What a setting says.
   *
   * @param usual of settings that have none of that name
   */
  @SuppressWarnings("unchecked") // A field's name tells of what kind it is.
  private static <T> T value(Message settings, String name, T usual) {
    FieldDescriptor field = settings.getDescriptorForType().findFieldByName(name);
    return field == null ? usual : (T) settings.getField(field);
  }
}
