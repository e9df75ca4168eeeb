package io.github.fdistill.training;

import java.util.regex.Pattern;

/**
 * The names of a training graph's variables, which are the keys of its checkpoints too: {@code
 * NETWORK/weights}, {@code NETWORK/average_0}, the optimiser's {@code NETWORK/m} and so on, and
 * what is in no checkpoint, {@code scratch/WHAT} and copies of weights.
 */
final class VariableNames {
  static final String STUDENT = "student";
  static final String FAKE_SCORE = "fake_score";
  static final String DISCRIMINATOR = "discriminator";
  static final String TEACHER = "teacher";

  /** A network that is trained alone. */
  static final String MODEL = "model";

  /** What learning rates are multiplied by. */
  static final String RATE_FACTOR = "rate_factor";

  private static final String WEIGHTS = "/weights";
  private static final String COPY = "/weights_to_compute_with";
  private static final String AVERAGE = "/average_";
  private static final String SCRATCH = "scratch/";

  /** What optimisers keep beside weights. */
  private static final Pattern SLOT =
      Pattern.compile(".*/(m|v|m_\\d+|v_\\d+|rows|columns|updates|skipped)");

  /** What a variable is for. */
  enum Kind {
    WEIGHTS,
    COPY,
    SLOT,
    AVERAGE,
    SCRATCH,
    OTHER
  }

  private VariableNames() {}

  /** A fake score's name: of one alone, or of the first, without a number. */
  static String fakeScore(int number) {
    return number == 1 ? FAKE_SCORE : FAKE_SCORE + "_" + number;
  }

  /** Whether a network is a fake score. */
  static boolean isFakeScore(String network) {
    return network.equals(FAKE_SCORE) || network.matches(FAKE_SCORE + "_\\d+");
  }

  /** A network's weights. */
  static String weights(String network) {
    return network + WEIGHTS;
  }

  /** A copy of them where all else is computed, where they lie on the host: in no checkpoint. */
  static String copy(String network) {
    return network + COPY;
  }

  /** An average of a network's weights, from 0. */
  static String average(String network, int index) {
    return network + AVERAGE + index;
  }

  /** What need not outlive a step. */
  static String scratch(String what) {
    return SCRATCH + what;
  }

  static Kind kind(String name) {
    if (name.startsWith(SCRATCH)) {
      return Kind.SCRATCH;
    } else if (name.endsWith(WEIGHTS)) {
      return Kind.WEIGHTS;
    } else if (name.endsWith(COPY)) {
      return Kind.COPY;
    } else if (SLOT.matcher(name).matches()) {
      return Kind.SLOT;
    }
    return name.contains(AVERAGE) ? Kind.AVERAGE : Kind.OTHER;
  }

  /** Whose weights these are, or the copy of whose. */
  static String network(String weights) {
    return weights.substring(0, weights.lastIndexOf('/'));
  }
}
