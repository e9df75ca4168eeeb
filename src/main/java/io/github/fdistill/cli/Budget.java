package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import java.nio.file.Path;
import java.util.function.DoubleSupplier;

/**
 * How long a run is where that is not given in steps.
 *
 * @param images to train on; 0: not given
 * @param minutes to train for; 0: not given
 */
record Budget(long images, double minutes) {

  /**
   * @param file that the config was read from
   */
  static Budget of(Path file, long images, double minutes) {
    Configs.check(images >= 0, file, "images", images, "1 or more");
    Configs.check(minutes >= 0 && minutes < 1e6, file, "minutes", minutes, "above 0, below 1e6");
    String needed = "one of images and minutes";
    Configs.check(images == 0 || minutes == 0, file, "minutes", minutes, needed);
    return new Budget(images, minutes);
  }

  boolean isGiven() {
    return images > 0 || minutes > 0;
  }

  /**
   * As many steps as the budget allows, at least one.
   *
   * @param imagesPerStep that a step trains on
   * @param secondsPerStep asked for where it is needed
   */
  long steps(long imagesPerStep, DoubleSupplier secondsPerStep) {
    double steps =
        images > 0 ? (double) images / imagesPerStep : minutes * 60 / secondsPerStep.getAsDouble();
    return Math.max(1, (long) steps);
  }
}
