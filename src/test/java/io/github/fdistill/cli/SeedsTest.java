package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeedsTest {
  private static final String LARGEST = "9223372036854775807";

  @Test
  void numbersAndRangesInTheOrderGiven() {
    assertArrayEquals(new long[] {7}, Seeds.parse("seeds", "7"));
    assertArrayEquals(new long[] {3, 4, 1, -2, -1}, Seeds.parse("seeds", "3-4,1,-2--1"));
    assertEquals(1_000_000, Seeds.parse("seeds", "0-999999").length);
  }

  @Test
  void theLargestNumberIsOneLikeAnyOther() {
    assertArrayEquals(new long[] {Long.MAX_VALUE}, Seeds.parse("seeds", LARGEST));
    assertArrayEquals(
        new long[] {Long.MAX_VALUE - 1, Long.MAX_VALUE},
        Seeds.parse("seeds", "9223372036854775806-" + LARGEST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-9223372036854775808-" + LARGEST,
        "-1-" + LARGEST,
        "0-1000000",
        "0-999999,0",
        "9223372036854775808"
      })
  void moreThanAMillionAreRefused(String text) {
    assertThrows(InputException.class, () -> Seeds.parse("seeds", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,1", "5,0-9", "-2--1,-1"})
  void aNumberComesOnce(String text) {
    InputException refused = assertThrows(InputException.class, () -> Seeds.parse("seeds", text));
    assertTrue(refused.getMessage().contains("each number once"), refused.getMessage());
  }
}
