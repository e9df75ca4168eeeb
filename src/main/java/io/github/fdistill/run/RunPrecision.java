package io.github.fdistill.run;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.Precision;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.ChosenPrecision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The precision of a run: chosen as it begins, where its settings leave that to the machine. */
final class RunPrecision {
  private RunPrecision() {}

  /**
   * The config with its precision chosen. A run that was begun goes on in the precision that it was
   * begun with, whatever the machine is that it goes on with.
   *
   * @param config with the fields {@code name} and {@code precision}
   */
  static <M extends Message> M chosen(Workspace workspace, M config) {
    if (precision(config) != Precision.AUTO) {
      return config;
    }
    FieldDescriptor name = config.getDescriptorForType().findFieldByName("name");
    Path run = RunSession.folder(workspace, (String) config.getField(name));
    Path file = run.resolve(RunFiles.CONFIG);
    Precision chosen =
        Files.isRegularFile(file)
            ? precision(Configs.read(file, config.getDefaultInstanceForType(), List.of()))
            : Precision.AUTO;
    return Configs.with(config, List.of("precision=" + ChosenPrecision.of(chosen).name()));
  }

  private static Precision precision(Message config) {
    FieldDescriptor field = config.getDescriptorForType().findFieldByName("precision");
    return Precision.forNumber(((EnumValueDescriptor) config.getField(field)).getNumber());
  }
}
