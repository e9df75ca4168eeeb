package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlateauTest {
  /** After how many measures it is reached; 0: never. */
  private static int reachedAfter(double... fids) {
    Plateau plateau = new Plateau(0);
    for (int i = 0; i < fids.length; i++) {
      plateau.add(100 * (i + 1), Map.of("average_0/fid", fids[i], "average_1/fid", 0.0));
      if (plateau.isReached()) {
        return i + 1;
      }
    }
    return 0;
  }

  @Test
  void fiveMeasuresWithoutAGainOfTwoPercentEndARun() {
    assertEquals(6, reachedAfter(0.1, 0.1, 0.1, 0.1, 0.1, 0.1));
    assertEquals(6, reachedAfter(0.1, 0.099, 0.2, 0.0981, 0.3, 0.1, 0.01), "2 % it is");
    assertEquals(7, reachedAfter(0.2, 0.1, 0.12, 0.11, 0.13, 0.1, 0.0985, 0.01));
    assertEquals(0, reachedAfter(0.1, 0.1, 0.1, 0.1, 0.1, 0.097, 0.1, 0.1, 0.1, 0.1));
    assertEquals(0, reachedAfter(0.1, 0.2, 0.2, 0.2, 0.2), "fewer tell nothing");
  }

  @Test
  void whatARunMeasuredBeforeItWentBackCountsNoMore() {
    Plateau plateau = new Plateau(0);
    for (int step : new int[] {100, 200, 300, 400, 500}) {
      plateau.add(step, Map.of("average_0/fid", 0.1));
    }
    for (int step : new int[] {300, 400, 500}) {
      plateau.add(step, Map.of("average_0/fid", 0.1));
      assertFalse(plateau.isReached(), "measures at " + step);
    }
    plateau.add(600, Map.of("average_0/fid", 0.1));
    assertTrue(plateau.isReached());
  }

  /** A percent at a time is a gain all the same: it adds up over five measures. */
  @Test
  void aSlowGainGoesOn() {
    double[] slow = new double[40];
    for (int i = 0; i < slow.length; i++) {
      slow[i] = 0.1 * Math.pow(0.99, i);
    }
    assertEquals(0, reachedAfter(slow));
  }

  /** What counts is what was measured up to the step that the run goes on from. */
  @Test
  void aRunThatGoesOnRemembersWhatWasMeasured(@TempDir Path folder) throws IOException {
    RunFiles files = new RunFiles(folder);
    StringBuilder lines = new StringBuilder();
    for (int step = 0; step < 60; step++) {
      String fid = step % 10 == 9 ? ", \"average_0/fid\": 0.1" : "";
      lines.append("{\"step\": " + step + ", \"loss\": 1" + fid + "}\n");
    }
    Files.writeString(files.metrics(), lines);
    DistillConfig config = DistillConfig.getDefaultInstance();
    assertTrue(Plateau.resumed(config, files, 60).isReached());
    Plateau sooner = Plateau.resumed(config, files, 59);
    assertFalse(sooner.isReached());
    sooner.add(60, Map.of("average_0/fid", 0.1));
    assertEquals(Plateau.resumed(config, files, 60).entry(), sooner.entry());
    assertFalse(Plateau.resumed(config, files, 0).isReached());
  }

  @Test
  void whereItEndedIsForgottenWithWhatItSaved(@TempDir Path folder) throws IOException {
    RunFiles files = new RunFiles(folder);
    Files.writeString(files.config(), "steps: 40 until: PLATEAU");
    Files.writeString(files.record(), "{\"program\": \"fdistill\", \"plateau_step\": 40}");
    assertEquals(OptionalLong.empty(), Plateau.ended(files));
    Files.createDirectories(files.checkpoints());
    assertEquals(OptionalLong.of(40), Plateau.ended(files));
    Files.move(files.record(), folder.resolve("kept"));
    Files.createSymbolicLink(files.record(), folder.resolve("gone"));
    assertThrows(InputException.class, () -> Plateau.ended(files));
  }

  @Test
  void itLooksAtTheAverageThatIsExportedAndTellsOfIt() {
    Plateau weights = new Plateau(-1);
    weights.add(1, Map.of("average_0/fid", 1.0));
    double[] fids = {0.3, 0.2, 0.25, 0.25, 0.25, 0.25, 0.25};
    for (int i = 0; i < fids.length; i++) {
      weights.add(10 * (i + 1), Map.of("weights/fid", fids[i]));
    }
    assertEquals(
        Map.of(
            "measure",
            "weights/fid",
            "lowest",
            0.2,
            "lowest_step",
            20L,
            "measures_without_gain",
            5,
            "gain",
            0.02),
        weights.entry());
  }
}
