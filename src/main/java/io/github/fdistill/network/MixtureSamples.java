package io.github.fdistill.network;

import io.github.fdistill.data.ImageSource;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.files.Sha256;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Samples of a mixture as a dataset: sample i is a function of the seed and i, a million in all. A
 * point is an image of 1x1 pixel; all have the label 0.
 */
public record MixtureSamples(GaussianMixture mixture, long seed) implements ImageSource {
  private static final long COUNT = 1_000_000;

  @Override
  public long size() {
    return COUNT;
  }

  @Override
  public int height() {
    return 1;
  }

  @Override
  public int width() {
    return 1;
  }

  @Override
  public int channels() {
    return mixture.dimensions();
  }

  @Override
  public int classes() {
    return 1;
  }

  @Override
  public int label(long index) {
    return 0;
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    mixture.draw(new SplittableRandom(seed * COUNT + index), into, offset);
  }

  @Override
  public String fingerprint() {
    return Sha256.ofText(
        seed
            + Arrays.toString(mixture.weights())
            + Arrays.deepToString(mixture.means())
            + Arrays.deepToString(mixture.variances()));
  }
}
