package io.github.fdistill.study;

import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.config.RatioConfig.Spacing;
import io.github.fdistill.config.StudyResult;
import io.github.fdistill.divergence.FDivergence;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What a reading says of the estimated ratio and of the weights that each divergence would make of
 * it. All in double precision, apart from the training graph.
 *
 * @param reading samples of one student
 * @param ratio how training clips and normalises
 * @param noise levels are compared in these bins
 */
record RatioStatistics(StudyResult.Reading reading, RatioConfig ratio, NoiseBins noise) {

  /**
   * @param count of bins
   * @param spacing whether they are equal in log sigma or in sigma
   */
  record NoiseBins(double low, double high, int count, Spacing spacing) {
    int of(double sigma) {
      double share =
          spacing == Spacing.LOG
              ? Math.log(sigma / low) / Math.log(high / low)
              : (sigma - low) / (high - low);
      return Math.max(0, Math.min(count - 1, (int) (share * count)));
    }

    /** The middle of a bin; of those equal in log sigma the geometric one. */
    double middle(int bin) {
      double share = (bin + 0.5) / count;
      return spacing == Spacing.LOG
          ? low * Math.pow(high / low, share)
          : low + (high - low) * share;
    }
  }

  int size() {
    return reading.getSigmaCount();
  }

  /** Samples of a noise bin. */
  IntPredicate inBin(int bin) {
    return i -> noise.of(reading.getSigma(i)) == bin;
  }

  /** r as the student's step clips it, without normalisation. */
  private double clipped(int i) {
    double logit = reading.getLogit(i);
    double limited = Math.max(-ratio.getLogitClip(), Math.min(ratio.getLogitClip(), logit));
    return Math.max(ratio.getMin(), Math.min(ratio.getMax(), Math.exp(limited)));
  }

  /**
   * The weight of each sample, of mean 1.
   *
   * @param normalised whether r is first divided by its mean in the sample's noise bin
   */
  double[] weights(FDivergence f, boolean normalised) {
    double[] r = IntStream.range(0, size()).mapToDouble(this::clipped).toArray();
    if (normalised) {
      for (int bin = 0; bin < noise.count(); bin++) {
        double mean = mean(inBin(bin), i -> r[i]);
        IntStream.range(0, size()).filter(inBin(bin)).forEach(i -> r[i] /= mean);
      }
    }
    double[] h = IntStream.range(0, size()).mapToDouble(i -> weight(f, r[i])).toArray();
    double mean = mean(i -> true, i -> h[i]);
    return IntStream.range(0, size()).mapToDouble(i -> h[i] / mean).toArray();
  }

  /** h(r) = r^2 f''(r), the second derivative by a central difference. */
  static double weight(FDivergence f, double r) {
    double step = 1e-3 * r;
    DoubleUnaryOperator value = f::f;
    double second =
        value.applyAsDouble(r + step) - 2 * value.applyAsDouble(r) + value.applyAsDouble(r - step);
    return r * r * second / (step * step);
  }

  /** (sum w)^2 / (n sum w^2) of some samples: 1 when all weigh the same. */
  double effectiveShare(double[] weights, IntPredicate which) {
    double mean = mean(which, i -> weights[i]);
    return mean * mean / mean(which, i -> weights[i] * weights[i]);
  }

  /** E|g|^2 - |E g|^2 of the weighted gradients g by some samples. */
  double gradientVariance(double[] weights, IntPredicate which) {
    int d = reading.getSignalCount() / size();
    double variance = 0;
    for (int j = 0; j < d; j++) {
      int coordinate = j;
      double mean = mean(which, i -> weights[i] * reading.getSignal(i * d + coordinate));
      variance +=
          mean(which, i -> square(weights[i] * reading.getSignal(i * d + coordinate)))
              - mean * mean;
    }
    return variance;
  }

  /** Correlation of the logit with the true log r. */
  double correlation(IntPredicate which) {
    double meanX = mean(which, i -> reading.getLogit(i));
    double meanY = mean(which, i -> reading.getLogRatio(i));
    double xy = mean(which, i -> (reading.getLogit(i) - meanX) * (reading.getLogRatio(i) - meanY));
    double xx = mean(which, i -> square(reading.getLogit(i) - meanX));
    double yy = mean(which, i -> square(reading.getLogRatio(i) - meanY));
    return xy / Math.sqrt(xx * yy);
  }

  /** Root mean square of the logit's error. */
  double error(IntPredicate which) {
    return Math.sqrt(mean(which, i -> square(reading.getLogit(i) - reading.getLogRatio(i))));
  }

  /** Share of samples whose ratio is clipped, by the logit's bound or its own. */
  double clippedShare(IntPredicate which) {
    return mean(which, i -> clipped(i) == Math.exp(reading.getLogit(i)) ? 0 : 1);
  }

  /**
   * A point of the calibration curve.
   *
   * @param logit the mean of samples whose logits are alike
   * @param logRatio the mean of their true log r
   */
  record Calibration(double logit, double logRatio) {}

  /** The curve, in parts of equal numbers of samples: fewer parts where there are fewer samples. */
  List<Calibration> calibration(IntPredicate which, int parts) {
    int[] order =
        IntStream.range(0, size())
            .filter(which)
            .boxed()
            .sorted((a, b) -> Float.compare(reading.getLogit(a), reading.getLogit(b)))
            .mapToInt(i -> i)
            .toArray();
    List<Calibration> curve = new ArrayList<>();
    int filled = Math.min(parts, order.length);
    for (int part = 0; part < filled; part++) {
      double[] logits =
          IntStream.range(order.length * part / filled, order.length * (part + 1) / filled)
              .mapToDouble(k -> reading.getLogit(order[k]))
              .toArray();
      double[] truths =
          IntStream.range(order.length * part / filled, order.length * (part + 1) / filled)
              .mapToDouble(k -> reading.getLogRatio(order[k]))
              .toArray();
      curve.add(new Calibration(Summary.of(logits).mean(), Summary.of(truths).mean()));
    }
    return curve;
  }

  private double mean(IntPredicate which, java.util.function.IntToDoubleFunction value) {
    return IntStream.range(0, size()).filter(which).mapToDouble(value).average().orElse(Double.NaN);
  }

  private static double square(double x) {
    return x * x;
  }
}
