package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static final ProgressLine PLAIN = new ProgressLine(false);

  private static String line(int columns) {
    return PLAIN.line("train", 50, 200, "312 images/s  4:32 left  loss 0.01", columns);
  }

  @Test
  void theBarTakesTheRoomThatIsLeft() {
    assertEquals(
        "train  25% |=====                | 50/200 312 images/s  4:32 left  loss 0.01", line(76));
    assertEquals(line(300), line(200));
    assertTrue(line(200).contains("|" + "=".repeat(10) + " ".repeat(30) + "|"), line(200));
  }

  @Test
  void whereThereIsLittleRoomTheNumbersStay() {
    assertEquals("train  25% 50/200 312 images/s  4:32 left  loss 0.01", line(60));
    assertEquals("train  25% 50/200 312 images/s  4:32", line(36));
  }
}
