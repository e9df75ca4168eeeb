package io.github.fdistill.training;

import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * One step of a classifier's training: cross-entropy on augmented images.
 *
 * @param turn the update
 * @param average of the weights, which is what is exported
 */
record ClassifierStep(Turn turn, FloatVariable average) {

  /**
   * Adds the step to the graph.
   *
   * @param logits images [B,H,W,C] to logits [B,K], on the model's weights
   */
  static ClassifierStep build(
      Ops tf,
      StepInputs in,
      UnaryOperator<Expr> logits,
      Trainable model,
      State state,
      FeaturesConfig config) {
    Augmentation augmentation =
        new Augmentation(config.getAugmentation().getShift(), config.getAugmentation().getFlip());
    Expr z = logits.apply(augmentation.of(tf, in));
    Expr loss = crossEntropy(z, oneHot(tf, in, z), config.getLabelSmoothing());

    Trainable.Update update =
        model.minimise(
            Trainable.Minimising.plain(tf, state, in, config.getSteps(), Recompute.NOTHING),
            loss,
            List.of(config.getAverage()));
    Map<Reading, Expr> scalars = new LinkedHashMap<>();
    scalars.put(Reading.LOSS, loss);
    scalars.put(Reading.ACCURACY, accuracy(tf, in, z));
    Turn turn =
        new Turn(
            Turn.Kind.CLASSIFIER,
            Turn.runs(
                tf,
                in,
                List.of(update),
                List.of(),
                scalars,
                Map.of(Reading.GRADIENT_NORM, update.gradientNorm())));
    return new ClassifierStep(turn, update.averages().get(0));
  }

  /**
   * mean over images of -sum_k p_k log softmax(z)_k, with p = (1 - s) oneHot + s/K. As p sums to 1,
   * that is log sum exp(z) - sum_k p_k z_k. Szegedy et al. 2016, section 7.
   *
   * @param z [B,K]
   * @param oneHot [B,K]
   * @param smoothing s
   */
  private static Expr crossEntropy(Expr z, Expr oneHot, double smoothing) {
    long classes = z.shape().get(1);
    Expr p = oneHot.times(1 - smoothing).plus(smoothing / classes);
    return z.logSumExp().minus(z.times(p).sum(1)).mean();
  }

  private static Expr oneHot(Ops tf, StepInputs in, Expr z) {
    int classes = (int) z.shape().get(1);
    return Expr.of(
        tf,
        tf.oneHot(in.condition().label(), tf.constant(classes), tf.constant(1f), tf.constant(0f)));
  }

  /** Share of the batch whose largest logit is that of its label. */
  private static Expr accuracy(Ops tf, StepInputs in, Expr z) {
    // As floats: TensorFlow compares int32 in the host's memory alone, whatever device there is.
    Expr likeliest = Expr.cast(tf, tf.math.argMax(z, tf.constant(1), TInt32.class));
    Expr label = Expr.cast(tf, in.condition().label());
    return Expr.cast(tf, tf.math.equal(likeliest, label)).mean();
  }
}
