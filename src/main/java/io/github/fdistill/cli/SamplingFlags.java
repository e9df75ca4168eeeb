package io.github.fdistill.cli;

import io.github.fdistill.config.Precision;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.sampling.Sampler;
import java.util.Locale;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The flags that say how a model is sampled. */
final class SamplingFlags {
  private static final int MOST_STEPS = 1000;
  private static final int USUAL_STEPS = 18;

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
        .addOption(Flags.plain("bfloat16", "convolutions and matrix products in bfloat16: faster"));
  }

  /** The sampler that the flags ask for; the caller closes it. */
  static Sampler sampler(CommandLine line, DenoiserModel model) {
    Precision precision = line.hasOption("bfloat16") ? Precision.BFLOAT16 : Precision.FLOAT32;
    double guidance = Flags.number(line, "guidance", 1, 0, 100);
    if (inOneStep(line, model)) {
      if (guidance != 1) {
        throw Flags.bad("guidance", "" + guidance, "1: a student has its guidance built in");
      }
      return Sampler.oneStep(model, precision);
    }
    if (guidance != 1 && !model.conditional()) {
      throw Flags.bad("guidance", "" + guidance, "1: the model has no classes");
    }
    if (guidance != 1 && model.info().getClasses() == DenoiserModel.UNKNOWN_CLASSES) {
      throw Flags.bad(
          "guidance", "" + guidance, "1: the model does not say which label means \"no class\"");
    }
    int steps = Flags.whole(line, "steps", USUAL_STEPS, 2, MOST_STEPS);
    return Sampler.heun(model, steps, guidance, precision);
  }

  /** What it does, in words. */
  static String method(CommandLine line, DenoiserModel model) {
    if (inOneStep(line, model)) {
      return "one evaluation";
    }
    int steps = Flags.whole(line, "steps", USUAL_STEPS, 2, MOST_STEPS);
    double guidance = Flags.number(line, "guidance", 1, 0, 100);
    String guided = guidance == 1 ? "" : String.format(Locale.ROOT, ", guidance %s", guidance);
    String precision = line.hasOption("bfloat16") ? ", bfloat16" : "";
    return "Heun, " + steps + " steps" + guided + precision;
  }

  private static boolean inOneStep(CommandLine line, DenoiserModel model) {
    return model.info().getStudentSigma() > 0 && !line.hasOption("steps");
  }
}
