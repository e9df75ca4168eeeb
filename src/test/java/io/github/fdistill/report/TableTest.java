package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {
  private final Table table =
      Table.of("divergence", "FID", "note").with("KL", "1.25", "good").with("JS", "—", "1");

  @Test
  void numbersStandToTheRightInMarkdown() {
    assertEquals(
        """
        | divergence | FID | note |
        |---|---:|---|
        | KL | 1.25 | good |
        | JS | — | 1 |""",
        table.markdown());
  }

  @Test
  void numbersStandToTheRightInHtml() {
    String html = table.html();
    assertTrue(html.contains("<th scope=\"col\" class=\"number\">FID</th>"), html);
    assertTrue(html.contains("<tr><td>KL</td><td class=\"number\">1.25</td><td>good</td></tr>"));
    assertTrue(html.startsWith("<div class=\"scroll\""), "a box that scrolls sideways");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "-0.5", "−3", "+.5", "1.2e-3", "98.1%", "12,500", "3.4 ± 0.2", "35x", "NaN"})
  void isANumber(String cell) {
    assertTrue(Table.of("n").with(cell).with("").isNumeric(0), cell);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KL", "1a", "v1.2", "1.2.3", "2026-01-01", "", "e5", "."})
  void isNoNumber(String cell) {
    assertFalse(Table.of("n").with(cell).isNumeric(0), cell);
  }

  @Test
  void everyRowHasACellForEveryColumn() {
    assertThrows(IllegalArgumentException.class, () -> Table.of("a", "b").with("1"));
    assertThrows(IllegalArgumentException.class, () -> Table.of());
  }
}
