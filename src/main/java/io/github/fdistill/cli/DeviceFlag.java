package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.device.DeviceChoice;
import io.github.fdistill.device.Sessions;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** The flag {@code --device}: what a command computes on. */
final class DeviceFlag {
  static final String NAME = "device";

  private DeviceFlag() {}

  static Option option() {
    return Flags.valued(
        NAME,
        "DEVICE",
        "gpu: a GPU, or an error where TensorFlow can use none; cpu: the "
            + "CPU alone; auto (the default): a GPU where there is one; gpu:N, "
            + "cpu:N: so as N workers, where there is --local-workers");
  }

  /**
   * Chooses what the command computes on.
   *
   * @return to be closed when it is over
   * @throws InputException when the flag names no choice, or a GPU where TensorFlow can use none
   */
  static Sessions.Hold apply(CommandLine line) {
    String wanted = line.getOptionValue(NAME, "auto");
    Matcher many = LocalWorkers.DEVICES.matcher(wanted);
    // One worker makes a dry run, whatever their number, and a command alone needs no others.
    boolean alone = many.matches() && (line.hasOption(Flags.DRY) || many.group(2).equals("1"));
    String device = alone ? many.group(1) : wanted;
    DeviceChoice choice =
        Arrays.stream(DeviceChoice.values())
            .filter(known -> known.name().toLowerCase(Locale.ROOT).equals(device))
            .findFirst()
            .orElseThrow(() -> Flags.bad(NAME, wanted, "auto, cpu or gpu"));
    return Sessions.use(choice);
  }
}
