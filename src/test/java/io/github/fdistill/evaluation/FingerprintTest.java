package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.device.Sessions;
import org.junit.jupiter.api.Test;

class FingerprintTest {
  private static final Fingerprint OURS = new Fingerprint("net1", "data1", 100, "none");

  private static void assertRefused(Fingerprint other, String found, String needed) {
    InputException refused =
        assertThrows(InputException.class, () -> OURS.requireSame(other, "cache"));
    assertTrue(refused.getMessage().startsWith("cache: "), refused.getMessage());
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
    assertTrue(refused.getMessage().contains(needed), refused.getMessage());
    assertNotEquals(OURS.key(), other.key());
  }

  @Test
  void whateverDiffersIsNamedAndExplained() {
    OURS.requireSame(new Fingerprint("net1", "data1", 100, "none"), "cache");
    assertRefused(new Fingerprint("net2", "data1", 100, "none"), "SHA-256 net2", "net1");
    assertRefused(new Fingerprint("net1", "data2", 100, "none"), "images data2", "data1");
    assertRefused(new Fingerprint("net1", "data1", 99, "none"), "99 images", "100 images");
    assertRefused(
        new Fingerprint("net1", "data1", 100, "resized"), "resized", "preprocessing: none");
  }

  @Test
  void samplesNeedTheReferencesFeaturesOnly() {
    OURS.requireSameFeatures(new Fingerprint("net1", "student", 5, "none"), "samples");
    assertThrows(
        InputException.class,
        () -> OURS.requireSameFeatures(new Fingerprint("net2", "student", 5, "none"), "samples"));
    assertEquals(16, OURS.key().length());
  }

  /**
   * What was kept of pixels that are read otherwise, or by another kind of device, is no other's.
   */
  @Test
  void whatIsKeptIsOfOneReadingAndOneKindOfDevice() {
    assertEquals(OURS.key(3, false), OURS.key(3, false));
    assertNotEquals(OURS.key(3, false), OURS.key(4, false));
    assertNotEquals(OURS.key(3, false), OURS.key(3, true));
    assertEquals(OURS.key(ImageSource.PIXELS, Sessions.onGpu()), OURS.key());
  }

  @Test
  void aLineBreakThatWouldForgeAFieldIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new Fingerprint("net", "a\ncount 5", 1, "none"));
  }
}
