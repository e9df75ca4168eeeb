package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PerSecondTest {
  @ParameterizedTest
  @CsvSource({
    "12345.6, 12346",
    "10, 10",
    "9.996, 10.00",
    "9.5, 9.50",
    "0.99, 0.99",
    "0.1, 0.10",
    "0.0147, 0.015",
    "0.00021, 0.00021",
    "0, 0",
    "NaN, NaN",
    "Infinity, Infinity"
  })
  void twoFiguresOrMore(double perSecond, String text) {
    assertEquals(text, PerSecond.text(perSecond));
  }
}
