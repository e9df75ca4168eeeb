package io.github.fdistill.cli;

import io.github.fdistill.config.Precision;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The flags that say how a model is sampled, and on what. */
final class SamplingFlags {
  private static final int MOST_STEPS = 1000;

  private SamplingFlags() {}

  static Options addTo(Options options) {
    return options
        .addOption(
            Flags.valued(
                "steps",
                "N",
                "Heun's method with N noise levels, 2N-1 evaluations\n"
                    + "(default: 18 for a teacher, one evaluation for a student)"))
        .addOption(
            Flags.valued(
                "guidance", "S", "classifier-free guidance of Heun's method (default 1: none)"))
        .addOption(Flags.plain("bfloat16", "convolutions and matrix products in bfloat16: faster"))
        .addOption(DeviceFlag.option());
  }

  /** What the flags ask for. */
  static Sampling of(CommandLine line) {
    return new Sampling(
        line.hasOption("steps") ? Flags.whole(line, "steps", 0, 2, MOST_STEPS) : 0,
        Flags.number(line, "guidance", 1, 0, 100),
        line.hasOption("bfloat16") ? Precision.BFLOAT16 : Precision.FLOAT32);
  }
}
