package io.github.fdistill.cli;

import io.github.fdistill.config.Precision;
import io.github.fdistill.config.SamplingConfig;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The flags that say how a model is sampled, and on what. */
final class SamplingFlags {
  private static final String MAPPING = "mapping";

  private SamplingFlags() {}

  static Options addTo(Options options) {
    return options
        .addOption(
            Flags.valued(
                "steps",
                "N",
                "Heun's method with N noise levels, 2N-1 evaluations "
                    + "(default 18); of a student of several steps, the first N of "
                    + "them (default: all)"))
        .addOption(
            Flags.valued(
                "guidance",
                "S",
                "classifier-free guidance of Heun's method, twice the evaluations "
                    + "(default 1: none)"))
        .addOption(
            Flags.valued(
                MAPPING,
                "FILE",
                "how a model of another program is called "
                    + "(docs/models.md): a file like its denoiser.pbtxt, or "
                    + "the config of a run, for its teacher"))
        .addOption(Flags.plain("bfloat16", "convolutions and matrix products in bfloat16: faster"))
        .addOption(DeviceFlag.option());
  }

  /**
   * What is said of the model, if it is: by a file of its own, or by a run's config.
   *
   * @throws io.github.fdistill.InputException when the file says nothing of a model
   */
  static Optional<ModelInfo> modelInfo(CommandLine line, Workspace workspace) {
    if (!line.hasOption(MAPPING)) {
      return Optional.empty();
    }
    Path file = workspace.path(line.getOptionValue(MAPPING));
    return ofRun(file) ? ModelInfo.ofTeacher(file) : Optional.of(ModelInfo.read(file));
  }

  private static boolean ofRun(Path file) {
    try {
      return Files.isRegularFile(file)
          && Pattern.compile("(?m)^[^#\n]*\\bteacher_info\\b")
              .matcher(RegularFile.text(file, FileKind.SETTINGS))
              .find();
    } catch (IOException e) {
      return false; // Reading it as the other kind says what is wrong with it.
    }
  }

  /** What the flags ask for. */
  static Sampling of(CommandLine line) {
    return Sampling.of(settings(line));
  }

  /** The same as settings. */
  static SamplingConfig settings(CommandLine line) {
    return SamplingConfig.newBuilder()
        .setSteps(Flags.whole(line, "steps", 0, 1, Sampling.MOST_STEPS))
        .setGuidance(Flags.number(line, "guidance", 1, 0, Sampling.MOST_GUIDANCE))
        .setPrecision(line.hasOption("bfloat16") ? Precision.BFLOAT16 : Precision.FLOAT32)
        .build();
  }
}
