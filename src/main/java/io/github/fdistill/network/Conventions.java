package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DataRange;
import io.github.fdistill.config.DdpmSchedule;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DenoiserMapping;
import io.github.fdistill.config.EdmSchedule;
import io.github.fdistill.config.IddpmSchedule;
import io.github.fdistill.config.NoiseConvention;
import io.github.fdistill.config.VpSchedule;
import io.github.fdistill.diffusion.Betas;
import io.github.fdistill.diffusion.Convention;
import io.github.fdistill.diffusion.NearestSteps;
import io.github.fdistill.diffusion.NoiseSchedule;
import io.github.fdistill.diffusion.Prediction;
import io.github.fdistill.diffusion.VarianceExploding;
import io.github.fdistill.diffusion.VariancePreserving;

/** From what a mapping says of noise to the formulas. */
final class Conventions {
  /** More than any network has. */
  private static final int MOST_STEPS = 100_000;

  private Conventions() {}

  /**
   * @param where the mapping stands, for messages
   * @param wholeTimes whether the network takes whole numbers for times
   * @throws InputException for what is missing or does not go together
   */
  static Convention of(DenoiserMapping mapping, String where, boolean wholeTimes) {
    if (!mapping.hasPredicts()) {
      throw new InputException(
          where + ".predicts",
          "nothing",
          "DENOISED, EPSILON, V or VELOCITY",
          "say what the network was trained to predict");
    }
    NoiseSchedule schedule = schedule(mapping, where, wholeTimes);
    requireTimes(mapping, where, wholeTimes);
    DataRange range = mapping.getRange();
    Prediction prediction = Prediction.valueOf(mapping.getPredicts().name());
    try {
      return new Convention(schedule, prediction, range.getLow(), range.getHigh());
    } catch (InputException e) {
      throw e.at(where);
    }
  }

  /**
   * The same of a network that is described.
   *
   * @param where the convention stands, for messages
   */
  static Convention of(NoiseConvention said, String where) {
    DenoiserMapping.Builder mapping = DenoiserMapping.newBuilder();
    if (said.hasPredicts()) {
      mapping.setPredicts(said.getPredicts());
    }
    switch (said.getScheduleCase()) {
      case EDM -> mapping.setEdm(said.getEdm());
      case DDPM -> mapping.setDdpm(said.getDdpm());
      case FLOW -> mapping.setFlow(said.getFlow());
      case VP -> mapping.setVp(said.getVp());
      case VE -> mapping.setVe(said.getVe());
      case IDDPM -> mapping.setIddpm(said.getIddpm());
      case SCHEDULE_NOT_SET -> {}
    }
    return of(mapping.build(), where, false);
  }

  /**
   * What is said of a network, with the noise levels that its schedule has a time for: all that are
   * said to be known, or else up to its end, from which on Heun's method is still begun where it is
   * begun for others.
   */
  static DenoiserInfo known(DenoiserInfo said, Convention told) {
    double usual = said.getSigmaMax();
    double end = told.sigmaMax();
    boolean whole = !said.hasSigmaMax() && Double.isFinite(end);
    DenoiserInfo.Builder known =
        said.toBuilder()
            .setSigmaMin(Math.max(said.getSigmaMin(), told.sigmaMin()))
            .setSigmaMax(whole ? end : Math.min(usual, end));
    boolean beyond = known.getSigmaMax() > usual && known.getSigmaMin() < usual;
    if (beyond && !said.hasSampledFrom()) {
      known.setSampledFrom(usual);
    }
    return known.build();
  }

  private static void requireTimes(DenoiserMapping mapping, String where, boolean wholeTimes) {
    double scale = mapping.getTimeScale();
    if (wholeTimes && !(mapping.hasDdpm() && scale == 1)) {
      throw new InputException(
          where + ".time",
          "the input '" + mapping.getTime() + "' takes whole numbers",
          "floats; only the steps of a schedule ddpm, with time_scale 1, are whole",
          "export the model with a float input for the time");
    }
    if (scale == 0 || !Double.isFinite(scale)) {
      throw new InputException(
          where + ".time_scale", "" + scale, "a number other than 0", "1 leaves the time as it is");
    }
  }

  static NoiseSchedule schedule(DenoiserMapping mapping, String where, boolean wholeTimes) {
    return switch (mapping.getScheduleCase()) {
      case EDM ->
          mapping.getEdm().getTime() == EdmSchedule.Time.LOG_SIGMA
              ? new NoiseSchedule.LogSigma()
              : new NoiseSchedule.Sigma();
      case DDPM -> steps(mapping.getDdpm(), where + ".ddpm", wholeTimes);
      case FLOW -> new NoiseSchedule.Flow(mapping.getFlow().getFromNoise());
      case VP, VE, IDDPM, LOG_SNR -> ofSigma(mapping, where);
      case SCHEDULE_NOT_SET ->
          throw new InputException(
              where,
              "no schedule",
              "edm { }, ddpm { steps: ... }, flow { }, vp { }, ve { }, iddpm { } or log_snr { }",
              "say what noisy images the network was trained on");
    };
  }

  /** Those whose time is a formula of sigma. */
  private static NoiseSchedule ofSigma(DenoiserMapping mapping, String where) {
    try {
      if (mapping.hasVe()) {
        return new VarianceExploding(mapping.getVe().getSigmaMin(), mapping.getVe().getSigmaMax());
      }
      if (mapping.hasVp()) {
        VpSchedule vp = mapping.getVp();
        return new VariancePreserving(vp.getBetaD(), vp.getBetaMin(), vp.getSteps(), vp.getLeast());
      }
      if (mapping.hasLogSnr()) {
        return new NoiseSchedule.LogSnr(
            mapping.getLogSnr().getLow(), mapping.getLogSnr().getHigh());
      }
      IddpmSchedule iddpm = mapping.getIddpm();
      return NearestSteps.improved(iddpm.getSteps(), iddpm.getC1(), iddpm.getC2());
    } catch (InputException e) {
      throw e.at(where);
    }
  }

  private static NoiseSchedule steps(DdpmSchedule c, String where, boolean wholeTimes) {
    requireSteps(c, where);
    boolean nearest = wholeTimes || c.getBetween() == DdpmSchedule.Between.NEAREST;
    try {
      double[] sigmas = sigmas(c);
      double[] known = c.getZeroTerminalSnr() ? Betas.zeroTerminal(sigmas) : sigmas;
      return new NoiseSchedule.Steps(known, nearest);
    } catch (InputException e) {
      throw e.at(where);
    }
  }

  private static void requireSteps(DdpmSchedule c, String where) {
    int given = c.getBetaCount();
    boolean ends = c.getFirst() != 0 || c.getLast() != 0;
    boolean ruled =
        c.getSteps() != 0 && c.getSteps() != given
            || ends
            || c.getBetas() != DdpmSchedule.Betas.LINEAR;
    if (given > 0 && ruled) {
      throw new InputException(
          where + ".beta",
          given + " betas, beside steps, first, last or betas",
          "either each beta, or a rule for them",
          "leave steps, first, last and betas out");
    }
    if (ends && c.getBetas() == DdpmSchedule.Betas.COSINE) {
      throw new InputException(
          where + ".betas",
          "COSINE, beside first or last",
          "either that rule, or one that goes from first to last",
          "leave first and last out");
    }
    int steps = given > 0 ? given : c.getSteps();
    if (steps < 2 || steps > MOST_STEPS) {
      throw new InputException(
          where + ".steps",
          c.hasSteps() || given > 0 ? "" + steps : "nothing",
          "2 to " + MOST_STEPS,
          "take the number that the network was trained with, such as 1000");
    }
  }

  private static double[] sigmas(DdpmSchedule c) {
    if (c.getBetaCount() > 0) {
      return Betas.given(c.getBetaList().stream().mapToDouble(b -> b).toArray());
    }
    double first = or(c.getFirst(), 1e-4);
    double last = or(c.getLast(), 0.02);
    return switch (c.getBetas()) {
      case LINEAR -> Betas.linear(c.getSteps(), first, last);
      case SCALED_LINEAR ->
          Betas.scaledLinear(c.getSteps(), or(c.getFirst(), 0.00085), or(c.getLast(), 0.012));
      case COSINE -> Betas.cosine(c.getSteps());
      case SIGMOID -> Betas.sigmoid(c.getSteps(), first, last);
    };
  }

  private static double or(double given, double usual) {
    return given == 0 ? usual : given;
  }
}
