package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          a | b            ~ a \\| b
          1 < 2 & 3 > 2    ~ 1 &lt; 2 &amp; 3 &gt; 2
          snake_case       ~ snake_case
          _stressed_       ~ \\_stressed\\_
          a*b              ~ a\\*b
          C:\\new          ~ C:\\\\new
          [link](x)        ~ \\[link\\](x)
          $5 and $6        ~ \\$5 and \\$6
          - item           ~ \\- item
          -                ~ \\-
          ---              ~ \\---
          ===              ~ \\===
          -0.5             ~ -0.5
          1. first         ~ 1\\. first
          1) first         ~ 1\\) first
          1.25 ± 0.03      ~ 1.25 ± 0.03
          # heading        ~ \\# heading
          """)
  void markdownTextMeansItself(String text, String escaped) {
    assertEquals(escaped, Markdown.escape(text));
  }

  @Test
  void markdownTextStaysOnItsLine() {
    assertEquals("a b c", Markdown.escape(" a\n\n  b\r\nc "));
  }

  @ParameterizedTest
  @ValueSource(chars = {'\0', '\u0008', '\u001b', '\u007f', '\u0085', '\u202e'})
  void htmlHoldsNoControlCharacters(char c) {
    assertEquals(String.format("a\\u%04xb", (int) c), Html.escape("a" + c + "b"));
  }

  @Test
  void htmlKeepsLinesAndTabsAndLetters() {
    assertEquals("Fréchet\n\t→ 5 &lt; 6", Html.escape("Fréchet\n\t→ 5 < 6"));
  }
}
