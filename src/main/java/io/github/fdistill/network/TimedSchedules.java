package io.github.fdistill.network;

import io.github.fdistill.config.DenoiserMapping;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.diffusion.TimedLevels;

/** The schedule whose time noise levels are drawn by, as settings say it. */
public final class TimedSchedules {
  private TimedSchedules() {}

  /**
   * That of a distribution of times, which has one.
   *
   * @throws io.github.fdistill.InputException for numbers that do not go together
   */
  public static TimedLevels of(NoiseConfig c) {
    DenoiserMapping.Builder mapping = DenoiserMapping.newBuilder();
    switch (c.getScheduleCase()) {
      case DDPM -> mapping.setDdpm(c.getDdpm());
      case FLOW -> mapping.setFlow(c.getFlow());
      case VP -> mapping.setVp(c.getVp());
      case SCHEDULE_NOT_SET -> {}
    }
    return (TimedLevels) Conventions.schedule(mapping.build(), "noise", false);
  }
}
