package io.github.fdistill.data;

import io.github.fdistill.files.Sha256;
import java.util.Map;
import java.util.function.LongConsumer;

/** The images of a source, and then each of them mirrored left to right: twice as many. */
public record Mirrored(ImageSource source) implements DerivedImages {
  @Override
  public long size() {
    return 2 * source.size();
  }

  @Override
  public long there(long index) {
    return index % source.size();
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    source.copy(there(index), into, offset);
    if (index >= source.size()) {
      mirror(into, offset);
    }
  }

  /** Those of the source: a mirrored one is no picture of the set. */
  @Override
  public ImageSource pictures() {
    return source.pictures();
  }

  @Override
  public void checkPixels(LongConsumer done) {
    source.checkPixels(looked -> done.accept(2 * looked));
  }

  private void mirror(float[] values, int offset) {
    int c = channels();
    int row = width() * c;
    for (int start = offset; start < offset + height() * row; start += row) {
      for (int left = 0, right = width() - 1; left < right; left++, right--) {
        for (int band = 0; band < c; band++) {
          int a = start + left * c + band;
          int b = start + right * c + band;
          float kept = values[a];
          values[a] = values[b];
          values[b] = kept;
        }
      }
    }
  }

  @Override
  public SizedImage stored(long index) {
    float[] values = new float[valuesPerImage()];
    copy(index, values, 0);
    return new SizedImage("image " + index, values, height(), width(), channels());
  }

  @Override
  public String fingerprint() {
    return mirrored(source.fingerprint());
  }

  @Override
  public String fingerprintWith(Map<String, String> others) {
    return mirrored(source.fingerprintWith(others));
  }

  private static String mirrored(String fingerprint) {
    return Sha256.ofText(fingerprint + " and mirrored");
  }
}
