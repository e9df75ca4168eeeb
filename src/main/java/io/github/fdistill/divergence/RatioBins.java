package io.github.fdistill.divergence;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.List;

/**
 * Bins over the noise level, in each of which the density ratio is divided by its mean. Bin 0
 * begins at sigmaMin; levels outside [sigmaMin, sigmaMax) belong to the first or the last bin.
 *
 * @param count how many
 * @param spacing what is equal between their edges
 * @param sigmaMin lowest noise level
 * @param sigmaMax highest noise level
 * @param decay how much of a bin's mean survives a batch; 0: the mean is the batch's own
 * @param beginAtOne whether a mean begins at 1; else as that of the first images in its bin
 */
public record RatioBins(
    int count,
    Spacing spacing,
    double sigmaMin,
    double sigmaMax,
    double decay,
    boolean beginAtOne) {

  /** LOG: equal ratios of neighbouring edges. LINEAR: equal differences. */
  public enum Spacing {
    LOG,
    LINEAR
  }

  public RatioBins {
    require(count >= 1, "count is " + count, "at least 1 bin");
    require(
        0 < sigmaMin && sigmaMin < sigmaMax && Double.isFinite(sigmaMax),
        "they go from sigma " + sigmaMin + " to " + sigmaMax,
        "0 < sigma_min < sigma_max");
    require(0 <= decay && decay < 1, "decay is " + decay, "0 <= decay < 1");
  }

  private static void require(boolean holds, String found, String needed) {
    if (!holds) {
      throw new InputException(
          "ratio bins", found, needed, "10 bins from sigma 0.002 to 80 with decay 0 suit EDM");
    }
  }

  /** The count - 1 edges between bins, rising; a level on an edge belongs to the bin above it. */
  List<Float> innerEdges() {
    List<Float> edges = new ArrayList<>();
    for (int k = 1; k < count; k++) {
      double share = (double) k / count;
      double edge =
          spacing == Spacing.LOG
              ? sigmaMin * Math.pow(sigmaMax / sigmaMin, share)
              : sigmaMin + share * (sigmaMax - sigmaMin);
      edges.add((float) edge);
    }
    return edges;
  }
}
