package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.function.Predicate;

/** What stands where in a picture. */
record Pixels(double x, double y, double left, double right, double top, double bottom, int count) {
  /** The mean place and the bounds of the pixels of one kind. */
  static Pixels of(BufferedImage picture, Predicate<Color> kind) {
    double sumX = 0;
    double sumY = 0;
    int left = Integer.MAX_VALUE;
    int right = -1;
    int top = Integer.MAX_VALUE;
    int bottom = -1;
    int count = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        if (kind.test(new Color(picture.getRGB(x, y)))) {
          sumX += x + 0.5;
          sumY += y + 0.5;
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
          count++;
        }
      }
    }
    return new Pixels(sumX / count, sumY / count, left, right, top, bottom, count);
  }

  /** Pixels of exactly this colour: those a shape covers wholly. */
  static Pixels of(BufferedImage picture, Color colour) {
    return of(picture, colour::equals);
  }

  static boolean isBlue(Color colour) {
    return colour.getBlue() > colour.getRed() + 30;
  }

  static void assertEqualPictures(BufferedImage one, BufferedImage other) {
    assertEquals(Arrays.hashCode(rgb(one)), Arrays.hashCode(rgb(other)));
  }

  private static int[] rgb(BufferedImage picture) {
    return picture.getRGB(
        0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
  }
}
