package io.github.fdistill.run;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.Precision;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.ChosenPrecision;
import java.nio.file.Path;
import java.util.List;

/** The precision of a run: chosen as it begins, where its settings leave that to the machine. */
public final class RunPrecision {
  private RunPrecision() {}

  /**
   * The config with its precision chosen. A run that was begun goes on in the precision that it was
   * begun with, whatever the machine is that it goes on with.
   *
   * @param config with the fields {@code name} and {@code precision}
   */
  static <M extends Message> M chosen(Workspace workspace, M config) {
    FieldDescriptor name = config.getDescriptorForType().findFieldByName("name");
    return chosen(RunSession.folder(workspace, (String) config.getField(name)), config);
  }

  /**
   * The same of a run in any folder. One of before runs noted what was chosen goes on as it says.
   *
   * @param config with a field {@code precision}
   */
  public static <M extends Message> M chosen(Path run, M config) {
    if (precision(config) != Precision.AUTO) {
      return config;
    }
    Precision chosen =
        RunSettings.of(new RunFiles(run), config.getDefaultInstanceForType())
            .map(RunPrecision::precision)
            .orElseGet(() -> ChosenPrecision.of(Precision.AUTO));
    return Configs.with(config, List.of("precision=" + chosen.name()));
  }

  private static Precision precision(Message config) {
    FieldDescriptor field = config.getDescriptorForType().findFieldByName("precision");
    return Precision.forNumber(((EnumValueDescriptor) config.getField(field)).getNumber());
  }
}
