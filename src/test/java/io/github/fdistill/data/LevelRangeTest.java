package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LevelRangeTest {
  /** An array of one number throughout has a range too, which can be said. */
  @ParameterizedTest
  @CsvSource({"2, 5, 2..5", "7, 7, 0..7", "-3, -3, -3..0", "0, 0, 0..1"})
  void ofNumbersThatThereAre(double least, double greatest, String text) {
    LevelRange range = LevelRange.of(least, greatest);
    assertEquals(text, range.toString());
    assertEquals(Optional.of(range), LevelRange.parse("--levels", text));
  }

  @ParameterizedTest
  @CsvSource({"1e30, 1e30", "-2147483648, 2147483647", "-0.00012, 1.5e-7", "0.5, 100.25"})
  void whatIsSaidIsReadInEveryLanguage(double least, double greatest) {
    LevelRange range = LevelRange.of(least, greatest);
    String text = range.toString();
    assertEquals(Optional.of(range), LevelRange.parse("--levels", text));
    Locale own = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    try {
      assertEquals(text, range.toString());
    } finally {
      Locale.setDefault(own);
    }
  }

  @Test
  void whatIsNoRangeIsRefused() {
    for (String text : List.of("0..0", "1", "0..1e5", "0.." + "9".repeat(400))) {
      Refusals.refused(() -> LevelRange.parse("--levels", text), "--levels", "such as 0..65535");
    }
  }
}
