package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.ConditionRows;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a model is asked for: conditions of images, one after another and then from the beginning
 * again. They are made for some images at a time: what text encoders make of ten thousand texts,
 * say, is gigabytes.
 *
 * @param count of the conditions
 * @param rows all of a condition but its class, which may be among it too
 * @param labels the class of each condition, where it has one
 * @param words which conditions these are; none where there is no choice
 * @param names of the classes
 * @param texts as the conditions have them, one for each; none of a model that takes none
 */
public record Asked(
    int count,
    Rows rows,
    Optional<int[]> labels,
    Optional<String> words,
    ClassNames names,
    List<String> texts)
    implements AutoCloseable {

  /** Makes rows of conditions when they are asked for. */
  @FunctionalInterface
  public interface Rows extends AutoCloseable {
    /** Of models that take no more than a class. */
    Rows NONE = which -> ConditionRows.none(which.length);

    /**
     * Rows of these conditions, in this order.
     *
     * @param which their numbers, from 0; one may be named again
     */
    ConditionRows of(int... which);

    @Override
    default void close() {}
  }

  /** Nothing, of a model that takes nothing. */
  static Asked nothing() {
    return new Asked(1, Rows.NONE, Optional.empty(), Optional.empty(), ClassNames.NONE, List.of());
  }

  /** Classes alone. */
  static Asked ofLabels(int[] labels, String words, ClassNames names) {
    return new Asked(
        labels.length, Rows.NONE, Optional.of(labels), Optional.of(words), names, List.of());
  }

  /** What some images are drawn under. */
  public ConditionRows conditions(long first, int images) {
    int[] which = which(first, images);
    ConditionRows made = rows.of(which);
    return labels(which).map(some -> made.with(ConditionRows.ofLabels(some))).orElse(made);
  }

  /** The classes of some images. */
  Optional<int[]> labels(long first, int images) {
    return labels(which(first, images));
  }

  /** The texts of some images; none of a model that takes none. */
  Optional<List<String>> texts(long first, int images) {
    return texts.isEmpty()
        ? Optional.empty()
        : Optional.of(Arrays.stream(which(first, images)).mapToObj(texts::get).toList());
  }

  private Optional<int[]> labels(int... which) {
    return labels.map(all -> Arrays.stream(which).map(i -> all[i]).toArray());
  }

  /** The conditions of some images, by their numbers. */
  private int[] which(long first, int images) {
    int[] which = new int[images];
    Arrays.setAll(which, i -> (int) ((first + i) % count));
    return which;
  }

  @Override
  public void close() {
    rows.close();
  }
}
