package io.github.fdistill.condition;

import io.github.fdistill.InputException;
import java.util.Optional;

/**
 * The labels that a model knows: 0 to K - 1 for its classes, and K for "no class", where its
 * network has learnt that. A one-hot vector of any other is all zeros, which a network takes for
 * "no class" too, though nobody asked for it: so others are refused.
 *
 * @param classes K, 1 or more
 * @param none whether "no class" is one of them
 */
public record LabelRange(int classes, boolean none) {
  /** Classes, at most: more than any set of images has, and counted within a moment. */
  public static final int MOST_CLASSES = 1_000_000;

  /** How "no class" is written, where a label may be given in words. */
  public static final String NONE = "none";

  /**
   * Of a model that takes a label and says how many classes it has.
   *
   * @param none whether its network has learnt "no class"
   */
  public static Optional<LabelRange> of(Conditioning conditioning, boolean none) {
    return conditioning
        .input(Conditioning.LABEL)
        .filter(label -> label.none().size() == 1 && label.none().get(0) >= 1)
        .map(label -> new LabelRange(label.none().get(0).intValue(), none));
  }

  /** Whether a label means a class, or none. */
  public boolean has(long label) {
    return label >= 0 && label <= last();
  }

  /**
   * Refuses rows with another label.
   *
   * @param labels a label for each row
   * @param from the first row that is looked at
   * @param to the one after the last
   * @throws IllegalArgumentException when there are fewer rows
   * @throws InputException naming the first such label
   */
  public void require(int[] labels, int from, int to) {
    if (to > labels.length) {
      throw new IllegalArgumentException("rows up to " + to + " of " + labels.length);
    }
    for (int i = from; i < to; i++) {
      if (!has(labels[i])) {
        throw InputException.ofValue("class", "" + labels[i], toString());
      }
    }
  }

  /** The greatest of them. */
  public int last() {
    return none ? classes : classes - 1;
  }

  /** Such as "0 to 9, or 10 for no class". */
  @Override
  public String toString() {
    String all = classes == 1 ? "0" : "0 to " + (classes - 1);
    return none ? all + ", or " + classes + " for no class" : all;
  }
}
