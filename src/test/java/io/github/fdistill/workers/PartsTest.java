package io.github.fdistill.workers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PartsTest {
  @Test
  void everyItemIsInOnePartAndEveryPartBeginsWithABlock() {
    for (int items : new int[] {0, 1, 7, 40, 1001}) {
      for (int each : new int[] {1, 20, 100, 2000}) {
        for (int workers = 1; workers < 6; workers++) {
          Parts parts = new Parts(items, each, workers);
          assertEquals(0, parts.begin(0));
          assertEquals(items, parts.begin(workers));
          int fewest = items;
          int most = 0;
          for (int worker = 0; worker < workers; worker++) {
            int blocks = (parts.count(worker) + each - 1) / each;
            fewest = Math.min(fewest, blocks);
            most = Math.max(most, blocks);
            assertTrue(parts.begin(worker) % each == 0 || parts.count(worker) == 0);
          }
          assertTrue(most - fewest <= 1, parts + ": " + fewest + " to " + most + " blocks");
        }
      }
    }
  }

  @Test
  void blocksAreCountedBeyondWhatAnIntHolds() {
    Parts parts = new Parts(Integer.MAX_VALUE, 1, 1000);
    assertEquals(Integer.MAX_VALUE, parts.begin(1000));
    assertEquals(Integer.MAX_VALUE / 1000, parts.begin(1));
  }
}
