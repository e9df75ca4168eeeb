package io.github.fdistill.evaluation;

import java.util.Optional;

/**
 * What a features network made of some images.
 *
 * @param logits [n,K], in the same form as features; empty where the network has none
 */
public record Seen(Features features, Optional<Features> logits) {

  /**
   * The share of images whose largest logit is that of their label.
   *
   * @param labels the class of each image, from 0 to K - 1
   * @throws IllegalStateException if there are no logits
   */
  public double accuracy(int[] labels) {
    Features scores = logits.orElseThrow(() -> new IllegalStateException("no logits"));
    if (labels.length != scores.count()) {
      throw new IllegalArgumentException(labels.length + " labels, " + scores.count() + " images");
    }
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      right += largest(scores, i) == labels[i] ? 1 : 0;
    }
    return (double) right / labels.length;
  }

  /**
   * How many images have their largest logit at each class, [K].
   *
   * @return none where there are no logits
   */
  Optional<long[]> classes() {
    return logits.map(
        scores -> {
          long[] counts = new long[scores.dimension()];
          for (int i = 0; i < scores.count(); i++) {
            counts[largest(scores, i)]++;
          }
          return counts;
        });
  }

  private static int largest(Features scores, int image) {
    int start = image * scores.dimension();
    int largest = 0;
    for (int k = 1; k < scores.dimension(); k++) {
      if (scores.values()[start + k] > scores.values()[start + largest]) {
        largest = k;
      }
    }
    return largest;
  }
}
