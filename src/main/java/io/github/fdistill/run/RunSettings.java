package io.github.fdistill.run;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.StudentCritics;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings in a run's folder. Each command has its own kind, and the run's record names the
 * command: another's settings are not read as this one's.
 */
final class RunSettings {
  private static final Map<Descriptor, String> COMMANDS =
      Map.of(
          DistillConfig.getDescriptor(), "train",
          PretrainConfig.getDescriptor(), "pretrain",
          FeaturesConfig.getDescriptor(), "features");

  private static final Pattern SEVERAL_STEPS = Pattern.compile("(?m)^student_steps: [2-8]$");
  private static final String CRITICS = "student_critics:";

  private RunSettings() {}

  /**
   * What a folder's run is a run of, where that is another command than the one of these settings;
   * nothing where it is the same, or nothing tells.
   *
   * @throws InputException when the record is none
   */
  static Optional<String> otherCommand(RunFiles run, Descriptor settings) {
    return Optional.of(run.record())
        .filter(RegularFile::isThere)
        .flatMap(record -> RecordFile.read(record).find("command"))
        .filter(command -> !command.equals(COMMANDS.get(settings)));
  }

  /**
   * The settings of a folder's run.
   *
   * @param none of their kind
   * @return nothing where there is no run, or one of another command
   */
  static <M extends Message> Optional<M> of(RunFiles run, M none) {
    return RegularFile.isThere(run.config())
            && otherCommand(run, none.getDescriptorForType()).isEmpty()
        ? Optional.of(Configs.read(run.config(), none, RunSettings::asThen))
        : Optional.empty();
  }

  /**
   * What settings of a run say where a program of before wrote them: all defaults stand in them,
   * and of a student of several steps without this one there was one critic of all steps.
   */
  static String asThen(String settings) {
    boolean several = SEVERAL_STEPS.matcher(settings).find();
    return several && !settings.contains(CRITICS)
        ? settings + "\n" + CRITICS + " " + StudentCritics.OF_ALL_STEPS + "\n"
        : settings;
  }

  /**
   * Refuses a folder that a run of another command has.
   *
   * @throws InputException that names it
   */
  static void requireCommand(RunFiles run, Descriptor settings) {
    Optional<String> other = otherCommand(run, settings);
    if (other.isPresent()) {
      throw new InputException(
          run.folder().toString(),
          "a run of " + other.get(),
          "a run of " + COMMANDS.get(settings) + ", or none",
          "give the run another name with --set name=..., or remove " + run.folder());
    }
  }
}
