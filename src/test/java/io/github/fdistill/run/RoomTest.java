package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.training.Holdings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The memory of a machine is that of all workers on it. */
class RoomTest {
  private static final Holdings HUNDRED =
      new Holdings(
          Map.of("student", 100_000_000L),
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          List.of(),
          0,
          Holdings.OnHost.NOTHING);

  @Test
  void whatIsFreeIsDividedAmongTheWorkersHere() {
    assertEquals(2000, Room.part(2000, 0, 1));
    assertEquals(2000, Room.part(2000, 200, 1));
    assertEquals(500, Room.part(2000, 0, 4), "of workers that are not there yet");
    assertEquals(200 + 450, Room.part(2000, 200, 4), "of those that hold as much as this one");
  }

  /** Of 100 MB, two thirds of which two workers share out: each has a third less. */
  @Test
  void whatFitsBesideOthersAloneIsTimedWhereAllOfItFits() {
    Holdings shared =
        new Holdings(
            HUNDRED.weights(),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            List.of(66_666_624L),
            66_666_624L,
            Holdings.OnHost.NOTHING);
    Room room =
        new Room(
            Path.of("f"),
            DistillConfig.getDefaultInstance(),
            OptionalLong.of(90_000_000),
            OptionalLong.empty(),
            1,
            false);
    room.require(shared, 2);
    room.requireAlone(shared, 2, OptionalLong.empty(), "timed", "say steps");
    room.requireAlone(shared, 2, OptionalLong.of(100_000_000), "timed", "say steps");
    String said =
        assertThrows(
                InputException.class,
                () ->
                    room.requireAlone(shared, 2, OptionalLong.of(90_000_000), "timed", "say steps"))
            .getMessage();
    assertTrue(said.contains("timed alone") && said.contains("takes 100.0 MB; beside them"), said);
    assertTrue(said.contains("66.7\n") && said.endsWith("remedy: say steps"), said);
  }

  @Test
  void aRefusalSaysWhoseItIs() {
    Room each =
        new Room(
            Path.of("f"),
            DistillConfig.getDefaultInstance(),
            OptionalLong.of(90_000_000),
            OptionalLong.empty(),
            3,
            false);
    String said = assertThrows(InputException.class, () -> each.require(HUNDRED, 1)).getMessage();
    assertTrue(said.contains("90.0 MB, as much as there is for each of 3 workers: not"), said);
  }

  /** What a run was begun with stays: no remedy is named that is refused as it goes on. */
  @Test
  void ofARunThatGoesOnWhatMayChangeIsNamed() {
    Holdings held =
        new Holdings(
            Map.of("teacher", 20_000_000L, "student", 20_000_000L),
            40_000_000,
            40_000_000,
            0,
            0,
            20_000_000,
            20_000_000,
            0,
            List.of(),
            0,
            Holdings.OnHost.NOTHING);
    DistillConfig.Builder config = DistillConfig.newBuilder();
    config.addAverageBuilder();
    config.addAverageBuilder();
    for (boolean goesOn : new boolean[] {false, true}) {
      OptionalLong gpu = OptionalLong.of(90_000_000);
      Room room = new Room(Path.of("f"), config.build(), gpu, gpu, 1, goesOn);
      String all = room.savings(held).toString();
      assertTrue(all.contains("--set optimiser.offload=true"), all);
      for (String other : List.of("frozen", "one average", "optimiser.state", "lora.rank")) {
        assertEquals(!goesOn, all.contains(other), other + " in " + all);
      }
      String said = assertThrows(InputException.class, () -> room.require(held, 1)).getMessage();
      assertEquals(goesOn, said.endsWith("or another run, with --set name=..."), said);
    }
  }
}
