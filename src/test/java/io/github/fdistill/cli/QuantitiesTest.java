package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class QuantitiesTest {
  @Test
  void sizesHaveTheUnitThatFits() {
    assertEquals("1 byte", Quantities.bytes(1));
    assertEquals("999 bytes", Quantities.bytes(999));
    assertEquals("9.2 kB", Quantities.bytes(9216));
    assertEquals("47 MB", Quantities.bytes(47_040_000));
    assertEquals("1.0 GB", Quantities.bytes(999_999_999));
  }

  @Test
  void timesReadAsPeopleSayThem() {
    assertEquals("0.25 s", Quantities.seconds(0.25));
    assertEquals("42 s", Quantities.seconds(42.4));
    assertEquals("4 min 32 s", Quantities.seconds(272));
    assertEquals("27 h 48 min", Quantities.seconds(100_080));
    assertEquals("10 h", Quantities.seconds(36_000));
    assertEquals("5 days", Quantities.seconds(5 * 86_400));
  }
}
