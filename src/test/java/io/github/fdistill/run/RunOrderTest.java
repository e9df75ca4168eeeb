package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches that workers share. */
class RunOrderTest {
  private static final Path FILE = Path.of("run.pbtxt");

  /** Parts of no more images than one worker would have had. */
  @ParameterizedTest
  @CsvSource({
    "2048, 64, 64, 1, 32",
    "2048, 64, 16, 4, 32",
    "512, 16, 64, 1, 8",
    "12, 4, 6, 1, 2",
    "10, 4, 1, 5, 2",
    "30, 4, 2, 3, 5"
  })
  void whereOtherPartsMendItTheyAreNamedBeforeAnotherBatch(
      int batch, int parts, int workers, int others, int images) {
    if (batch % (workers * parts) != 0) {
      String said = refused(batch, parts, workers);
      String remedy =
          "accumulation_steps " + others + ", which gives the same numbers in parts of ";
      assertTrue(said.contains(remedy + images + " images; or another batch"), said);
    }
    RunOrder.requireShares(FILE, workers, batch, others, 1, false);
  }

  @Test
  void whereNoneDoABatchIsNamed() {
    assertTrue(refused(2048, 64, 48).contains("3072"));
    String said = refused(10, 1, 4);
    assertTrue(said.contains("8 or 12") && !said.contains("accumulation_steps"), said);
    said = refused(4_000_000, 4_000_000, 800);
    assertTrue(said.contains("a multiple of 3200000000") && said.contains(": 3200000000"), said);
    said = refused(8, Integer.MAX_VALUE, 8);
    assertFalse(said.contains("accumulation_steps"), "that is of more images at once: " + said);
  }

  /** The batch of a run that was begun stays: what is named is what may change on the way. */
  @Test
  void ofARunThatGoesOnNoOtherBatchIsNamed() {
    String said = goingOn(4, 64, 32);
    assertTrue(said.contains("accumulation_steps 8, which gives the same numbers in"), said);
    assertTrue(said.endsWith("of 2 images; or fewer workers: 2"), said);
    said = goingOn(5, 64, 1);
    assertTrue(said.endsWith("remedy: fewer workers: 4"), said);
    RunOrder.requireShares(FILE, 4, 64, 1, 1, true);
  }

  private static String goingOn(int workers, int batch, int parts) {
    return assertThrows(
            InputException.class,
            () -> RunOrder.requireShares(FILE, workers, batch, parts, 1, true))
        .getMessage();
  }

  /** Of four steps each has as many rows in a part as another. */
  @Test
  void partsAreMultiplesOfStepsThatHaveCriticsOfEach() {
    RunOrder.requireShares(FILE, 2, 16, 2, 4, false);
    InputException refused =
        assertThrows(InputException.class, () -> RunOrder.requireShares(FILE, 2, 48, 4, 4, false));
    String said = refused.getMessage();
    assertTrue(said.contains("a multiple of 32") && said.contains("32 or 64"), said);
    assertTrue(said.contains("accumulation_steps 2, which gives the same numbers"), said);
    assertThrows(InputException.class, () -> RunOrder.requireShares(FILE, 4, 8, 1, 4, false));
  }

  private static String refused(int batch, int parts, int workers) {
    return assertThrows(
            InputException.class,
            () -> RunOrder.requireShares(FILE, workers, batch, parts, 1, false))
        .getMessage();
  }
}
