package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.Test;

class DerivedImagesTest {
  /** Eight images of 1x3 pixels in two colours, of the classes 0 and 1 in turn. */
  private static ImageSource images() {
    byte[] pixels = new byte[8 * 6];
    int[] labels = new int[8];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) i;
      labels[i / 6] = i / 6 % 2;
    }
    return new ByteImages(1, 3, 2, 2, pixels, labels, "print", List.of("a", "b"));
  }

  private static float[] image(ImageSource source, int index) {
    float[] values = new float[6];
    source.copy(index, values, 0);
    return values;
  }

  @Test
  void mirroredImagesFollowTheImages() {
    ImageSource alone = images();
    ImageSource both = new Mirrored(alone);
    assertSame(alone, both.pictures(), "what is measured against");
    ImageSource relabelled = new Relabelled(both, new int[] {1, 0}, List.of("b", "a")).pictures();
    assertEquals(8, relabelled.size());
    assertEquals(1 - alone.label(3), relabelled.label(3));
    assertEquals(16, both.size());
    float[] plain = image(images(), 3);
    assertArrayEquals(plain, image(both, 3));
    float[] mirrored = {plain[4], plain[5], plain[2], plain[3], plain[0], plain[1]};
    assertArrayEquals(mirrored, image(both, 11));
    assertArrayEquals(mirrored, both.stored(11).values());
    assertEquals(images().label(3), both.label(11));
    assertNotEquals(images().fingerprint(), both.fingerprint());
  }

  @Test
  void everyFourthOfAClassIsATestImage() {
    SomeImages.Parts parts = SomeImages.split(images(), 4);
    assertEquals(6, parts.training().size());
    assertEquals(2, parts.test().size());
    assertEquals(List.of("a", "b"), parts.test().classNames());
    assertArrayEquals(image(images(), 6), image(parts.test(), 0));
    assertEquals(1, parts.test().label(1));
    assertNotEquals(parts.test().fingerprint(), parts.training().fingerprint());
  }

  @Test
  void anotherOrderOfClassesIsAnotherNumber() {
    ImageSource other = new Relabelled(images(), new int[] {2, 0}, List.of("b", "c", "a"));
    assertEquals(2, other.label(0));
    assertEquals(0, other.label(1));
    assertEquals(3, other.classes());
    assertEquals(other.fingerprint(), other.identity(), "nothing is said of how they are read");
    assertArrayEquals(new int[] {0, 2}, other.examples().labels().orElseThrow(), "c has no image");
  }
}
