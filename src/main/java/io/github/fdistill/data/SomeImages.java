package io.github.fdistill.data;

import io.github.fdistill.files.Sha256;
import java.util.Arrays;

/**
 * Some of the images of a source.
 *
 * @param which their numbers there, in the order that they have here
 */
public record SomeImages(ImageSource source, int[] which) implements DerivedImages {
  /** Two parts of a source. */
  public record Parts(ImageSource training, ImageSource test) {}

  /**
   * Splits a source: of each class every n-th image is a test image, and the first of it is not.
   *
   * @param every n, at least 2
   */
  public static Parts split(ImageSource source, int every) {
    int size = Math.toIntExact(source.size());
    int[] seen = new int[source.classes()];
    boolean[] test = new boolean[size];
    for (int i = 0; i < size; i++) {
      seen[source.label(i)]++;
      test[i] = seen[source.label(i)] % every == 0;
    }
    return new Parts(part(source, test, false), part(source, test, true));
  }

  private static ImageSource part(ImageSource source, boolean[] test, boolean wanted) {
    int[] which = new int[test.length];
    int count = 0;
    for (int i = 0; i < test.length; i++) {
      if (test[i] == wanted) {
        which[count++] = i;
      }
    }
    return new SomeImages(source, Arrays.copyOf(which, count));
  }

  @Override
  public long size() {
    return which.length;
  }

  @Override
  public long there(long index) {
    return which[Math.toIntExact(index)];
  }

  @Override
  public String fingerprint() {
    return Sha256.ofText(source.fingerprint() + " images " + Arrays.hashCode(which));
  }
}
