package io.github.fdistill.evaluation;

import io.github.fdistill.condition.ClassNames;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** Images that are measured, or that others are measured against. */
public interface ImageSet extends AutoCloseable {
  /** What it is called in messages and results. */
  String name();

  /**
   * What tells these images from all others; see {@link io.github.fdistill.evaluation.Fingerprint}.
   */
  String identity(long first, int count);

  /**
   * What features networks make of some of them, each of the very same images.
   *
   * @param first the number of the first image, from 0
   * @param done is told how many are done
   * @return a result for each network, in their order
   */
  List<Seen> see(List<FeatureNetwork> networks, long first, int count, LongConsumer done);

  /** The classes of some images, where they are known. */
  Optional<int[]> labels(long first, int count);

  /** How many classes there are: more than any of the labels. */
  int classes();

  /** What the classes are called. */
  ClassNames classNames();

  /**
   * Of what is drawn: how often each class is, or of which texts; none where there is no choice.
   */
  default Optional<String> asked() {
    return Optional.empty();
  }

  /** A text for each of some images, which it tells of; none where they have none. */
  Optional<List<String>> texts(long first, int count);

  /** How many there are, where that is bounded. */
  Optional<Long> size();

  /** Whether a model draws them: then there are as many as are asked for. */
  default boolean isDrawn() {
    return size().isEmpty();
  }

  /** Images drawn in a second; none of stored ones. */
  Optional<Double> speed();

  @Override
  default void close() {}
}
