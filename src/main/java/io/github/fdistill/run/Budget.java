package io.github.fdistill.run;

import com.google.protobuf.Message;
import io.github.fdistill.Logs;
import io.github.fdistill.config.Configs;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;
import org.apache.logging.log4j.Logger;

/**
 * How long a run is where that is not given in steps.
 *
 * @param images to train on; 0: not given
 * @param minutes to train for; 0: not given
 */
public record Budget(long images, double minutes) {
  private static final Logger LOG = Logs.of(Budget.class);

  /**
   * The budget of a config with the fields {@code images} and {@code minutes}.
   *
   * @param file that the config was read from
   */
  public static Budget of(Path file, Message config) {
    long images = (Long) value(config, "images");
    double minutes = (Double) value(config, "minutes");
    String needed = "one of images and minutes";
    Configs.check(images == 0 || minutes == 0, file, "minutes", minutes, needed);
    return new Budget(images, minutes);
  }

  private static Object value(Message config, String field) {
    return config.getField(config.getDescriptorForType().findFieldByName(field));
  }

  /** Whether there is one. */
  public boolean isGiven() {
    return images > 0 || minutes > 0;
  }

  /**
   * The config with as many steps as the budget allows, where there is one. A dry run times its own
   * steps: there minutes are left as they are, with more steps than the run has made. A worker that
   * follows hears its steps from another.
   *
   * @param imagesPerStep that a step trains on
   * @param secondsPerStep asked for where it is needed
   */
  public <M extends Message> M applied(
      RunOrder order, M config, long imagesPerStep, DoubleSupplier secondsPerStep)
      throws IOException {
    if (!isGiven() || order.follows()) {
      return config;
    }
    if (order.dry() && openMinutes(order, config).isPresent()) {
      long next = made(order.workspace(), config).steps() + 1;
      return Configs.with(
          config, List.of("steps=" + Math.max((Long) value(config, "steps"), next)));
    }
    OptionalLong begun = stepsOfBegun(order.workspace(), config);
    if (begun.isPresent()) {
      return Configs.with(config, List.of("steps=" + begun.getAsLong()));
    }
    Made made = made(order.workspace(), config);
    long steps = made.steps(this, imagesPerStep, secondsPerStep);
    if (made.hasTimeLeft(this)) {
      tell(config, steps);
    } else {
      String took = String.format(Locale.ROOT, "%.3g", made.minutes());
      LOG.info("{} are over: in {} minutes the run has made {} steps", this, took, steps);
    }
    return Configs.with(config, List.of("steps=" + steps));
  }

  /** What a config says: {@code minutes: 30}. */
  @Override
  public String toString() {
    return images > 0 ? "images: " + images : "minutes: " + minutes;
  }

  private void tell(Message config, long steps) {
    boolean ignored = config.hasField(config.getDescriptorForType().findFieldByName("steps"));
    LOG.info(
        "{} makes {} steps{}{}",
        this,
        steps,
        images > 0 ? "" : " by the speed of the first; the clock is watched",
        ignored ? " (steps: " + value(config, "steps") + " is without effect)" : "");
  }

  /**
   * What the run of a config has made before.
   *
   * @param seconds that it took
   */
  private record Made(long steps, double seconds) {
    long steps(Budget budget, long imagesPerStep, DoubleSupplier secondsPerStep) {
      if (steps == 0 || budget.images > 0) {
        return budget.steps(imagesPerStep, secondsPerStep);
      }
      Budget left = new Budget(0, minutesLeft(budget));
      return hasTimeLeft(budget) ? steps + left.steps(imagesPerStep, secondsPerStep) : steps;
    }

    double minutesLeft(Budget budget) {
      return budget.minutes - minutes();
    }

    /** Of a budget of images it is no matter of time. */
    boolean hasTimeLeft(Budget budget) {
      return budget.images > 0 || minutesLeft(budget) > 0;
    }

    double minutes() {
      return seconds / 60;
    }
  }

  private static Made made(Workspace workspace, Message config) throws IOException {
    if (!SameRun.goesOn(workspace, config)) {
      return new Made(0, 0); // Another run may have its folder, beside a dry run.
    }
    RunFiles run = new RunFiles(RunSession.folder(workspace, (String) value(config, "name")));
    long steps = Checkpoints.toRead(run.checkpoints()).lastStep();
    return steps == 0 || !Files.exists(run.record())
        ? new Made(0, 0)
        : new Made(steps, RecordFile.read(run.record()).number("elapsed_seconds").orElse(0.0));
  }

  /**
   * The minutes of a run whose steps are not known yet.
   *
   * @param left of them, after what earlier sessions took
   */
  public record Minutes(double all, double left) {}

  /** Those of a run that was not begun, or for another time, of which there is some left. */
  static Optional<Minutes> openMinutes(RunOrder order, Message config) throws IOException {
    if (config.getDescriptorForType().findFieldByName("minutes") == null) {
      return Optional.empty();
    }
    Budget budget = of(order.file(), config);
    if (budget.minutes == 0 || budget.stepsOfBegun(order.workspace(), config).isPresent()) {
      return Optional.empty();
    }
    double left = made(order.workspace(), config).minutesLeft(budget);
    return left > 0 ? Optional.of(new Minutes(budget.minutes, left)) : Optional.empty();
  }

  /** A run that was begun is as long as it was then, however fast the machine is now. */
  private OptionalLong stepsOfBegun(Workspace workspace, Message config) {
    RunFiles run = new RunFiles(RunSession.folder(workspace, (String) value(config, "name")));
    Optional<Message> begun =
        SameRun.goesOn(workspace, config)
            ? RunSettings.of(run, config.getDefaultInstanceForType())
            : Optional.empty();
    return begun.isPresent() && of(run.config(), begun.get()).equals(this)
        ? OptionalLong.of((Long) value(begun.get(), "steps"))
        : OptionalLong.empty();
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
