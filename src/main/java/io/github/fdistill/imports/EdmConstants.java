package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.config.IddpmSchedule;
import io.github.fdistill.config.Resampling;
import io.github.fdistill.diffusion.NearestSteps;
import io.github.fdistill.tensors.NamedTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What files of EDM's networks, and of EDM2's, hold beside the weights: filters, the frequencies of
 * waves and noise levels, which no training moves. They belong to the network's description.
 */
final class EdmConstants {
  static final String FREQUENCIES = "map_noise.freqs";
  static final String FREQUENCIES_2 = "emb_fourier.freqs";
  static final String PHASES_2 = "emb_fourier.phases";

  /** Of iDDPM's preconditioning, beside the network. */
  static final String LEVELS = "u";

  /** Waves: more than any network has. */
  private static final int MOST = 1 << 16;

  private static final String WHY = "fixed, and in the network's description";

  private EdmConstants() {}

  /**
   * The numbers of a tensor, which is left out.
   *
   * @throws InputException when it is not there, or has more than any network
   */
  static List<Float> numbers(Tensors tensors, String name) {
    tensors.leaveOut(name, WHY);
    if (tensors.get(name).size() > MOST) {
      throw new InputException(
          tensors.get(name).where(),
          tensors.get(name).toString(),
          "no more than " + MOST + " numbers",
          "the file is of another network than its settings, or --like, say");
    }
    List<Float> numbers = new ArrayList<>();
    for (float number : tensors.get(name).floats()) {
      numbers.add(number);
    }
    return numbers;
  }

  /**
   * Leaves the noise levels of iDDPM's preconditioning out, which have to be those of the schedule,
   * the largest first and 0 behind them.
   *
   * @throws InputException for others
   */
  static void checkLevels(Tensors tensors, String name, IddpmSchedule schedule) {
    double[] computed =
        NearestSteps.improved(schedule.getSteps(), schedule.getC1(), schedule.getC2()).sigmas();
    NamedTensor levels = tensors.get(name);
    boolean same = levels.size() == computed.length + 1;
    float[] stored = same ? levels.floats() : new float[0];
    for (int t = 0; same && t < computed.length; t++) {
      same = Math.abs(stored[computed.length - 1 - t] / computed[t] - 1) < 1e-3;
    }
    if (!same) {
      throw new InputException(
          levels.where(),
          levels + ", other noise levels",
          "those of iDDPM's formula with steps "
              + schedule.getSteps()
              + ", c1 "
              + schedule.getC1()
              + ", c2 "
              + schedule.getC2(),
          "of a description it is the field convention.iddpm; networks of other levels are not read: "
              + Settings.ROAD);
    }
    tensors.leaveOut(name, "the noise levels, which the schedule says");
  }

  /**
   * Leaves filters out, each of which has to be that of the description: [1, 1] or [1, 3, 3, 1]
   * times itself, of sum 1.
   *
   * @throws InputException for another filter
   */
  static void checkFilters(Tensors tensors, Resampling resampling) {
    int[] row = resampling == Resampling.BOX ? new int[] {1, 1} : new int[] {1, 3, 3, 1};
    double sum = resampling == Resampling.BOX ? 4 : 64;
    for (String name : tensors.names()) {
      if (name.endsWith(".resample_filter")) {
        NamedTensor filter = tensors.get(name);
        boolean same = filter.size() == row.length * row.length;
        float[] values = same ? filter.floats() : new float[0];
        for (int i = 0; same && i < values.length; i++) {
          same = Math.abs(values[i] - row[i / row.length] * row[i % row.length] / sum) < 1e-4;
        }
        if (!same) {
          throw new InputException(
              filter.where(),
              filter + ", another filter",
              "that of resampling " + resampling + ", " + row.length + "x" + row.length,
              "BOX and SMOOTH are built; of a description it is the field resampling");
        }
        tensors.leaveOut(name, WHY);
      }
    }
  }
}
