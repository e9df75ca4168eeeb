package io.github.fdistill.bench;

import io.github.fdistill.data.ImageSource;
import io.github.fdistill.files.Sha256;
import java.util.SplittableRandom;

/** Images of noise, for where none are at hand: image i is a function of i. */
public record NoiseImages(int height, int width, int channels, int classes) implements ImageSource {

  @Override
  public long size() {
    return 10_000;
  }

  @Override
  public int label(long index) {
    return (int) (index % classes);
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    SplittableRandom random = new SplittableRandom(index);
    for (int i = 0; i < valuesPerImage(); i++) {
      into[offset + i] = random.nextInt(256) / 127.5f - 1;
    }
  }

  @Override
  public String fingerprint() {
    return Sha256.ofText(toString());
  }
}
