package io.github.fdistill.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a step says of itself. Its {@link #toString text} is its name in {@code metrics.jsonl}, in
 * TensorBoard, in the record and on the progress line.
 */
public enum Reading {
  /** Of the fake score. Of a distillation's critics, readings are means over the step's batches. */
  FAKE_SCORE_LOSS("fake_score_loss"),
  /** Of the discriminator. */
  DISCRIMINATOR_LOSS("discriminator_loss"),
  /** The discriminator's mean logit of the student's samples. */
  LOGIT_FAKE("logit_fake"),
  /** The discriminator's mean logit of images. */
  LOGIT_REAL("logit_real"),
  /** The norm of the fake score's gradient, before it is clipped. */
  FAKE_SCORE_GRADIENT_NORM("fake_score_gradient_norm"),
  /** The norm of the discriminator's gradient, before it is clipped. */
  DISCRIMINATOR_GRADIENT_NORM("discriminator_gradient_norm"),

  /** Of the student, between the diffused teacher and the diffused student. */
  DIVERGENCE_LOSS("divergence_loss"),
  /** Of the student, before it is weighted. */
  GAN_LOSS("gan_loss"),
  /** The spread of the student's images over a batch, beside that of real ones where there are. */
  DIVERSITY("diversity"),
  /** The mean of the density ratio r over the student's samples: 1 where it is calibrated. */
  RATIO("ratio"),
  /** The share of the density ratios that were clipped. */
  RATIO_CLIPPED("ratio_clipped"),
  /** The mean of h(r). */
  WEIGHT("weight"),
  /** (sum h)^2 / (N sum h^2): 1 where all samples weigh the same. */
  EFFECTIVE_SAMPLE_SHARE("effective_sample_share"),

  /** Of pretraining or of the classifier. */
  LOSS("loss"),
  /** The share of a batch whose class the classifier finds. */
  ACCURACY("accuracy"),
  /** The norm of the gradient of the student, of what is pretrained or of the classifier. */
  GRADIENT_NORM("gradient_norm");

  /** Before a worker's name: how many seconds it waited in a step for the slowest of all. */
  public static final String WAITED = "waited_seconds/";

  private final String text;

  Reading(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }

  /** Some of the readings of a step on a line. */
  static String shown(List<Reading> which, Map<Reading, Float> readings) {
    return which.stream()
        .map(reading -> String.format(Locale.ROOT, "%s %.4g", reading, readings.get(reading)))
        .collect(Collectors.joining("  "));
  }

  /** Readings by their texts, in their order. */
  public static <V> Map<String, V> byText(Map<Reading, V> readings) {
    Map<String, V> texts = new LinkedHashMap<>();
    readings.forEach((reading, value) -> texts.put(reading.text, value));
    return texts;
  }
}
