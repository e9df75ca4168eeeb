package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StageTest {
  private static final Path FILE = Path.of("distill.pbtxt");

  private static DistillConfig config(String text) {
    String stages = "name: 'a' teacher: 'b' stage { steps: 2 } ";
    return Stage.withSteps(Configs.of(stages + text, DistillConfig.getDefaultInstance()));
  }

  private static List<Stage> of(String text) {
    return Stage.of(FILE, config(text));
  }

  @Test
  void aRunEndsWithTheSettingsOfItsLastStage() {
    assertEquals(2, Stage.last(config("guidance: 2")).getGuidance());
    String stages = "guidance: 2 stage { steps: 1 set: 'guidance=3' } stage { steps: 1 }";
    assertEquals(2, Stage.last(config(stages)).getGuidance());
    String last = "guidance: 2 stage { steps: 3 set: 'guidance=4' }";
    assertEquals(4, Stage.last(config(last)).getGuidance());
    List<Stage> all = of(last);
    assertEquals(all.get(1).config(), Stage.last(config(last)));
    assertEquals(5, all.get(1).span().end());
  }

  @Test
  void anAlphaThatNoStageTakesIsTold() {
    String stage = "stage { steps: 1 set: 'divergence=ALPHA' }";
    assertEquals(Optional.empty(), Stage.noteOfAlpha(of("alpha: 0.3 " + stage)));
    assertEquals(Optional.empty(), Stage.noteOfAlpha(of("")));
    assertTrue(Stage.noteOfAlpha(of("alpha: 0.3")).orElseThrow().contains("JENSEN_SHANNON"));
  }

  @Test
  void whatAStageSetsIsRefusedThere() {
    String stage = "stage { steps: 1 set: '%s' }";
    for (String set : List.of("guidanse=2", "guidance=-1", "guidance", "guidance=much")) {
      String text = String.format(stage, set);
      String refused = assertThrows(InputException.class, () -> of(text)).getMessage();
      String place = "distill.pbtxt: stage[1].set, " + set.replaceFirst("=.*", ": ");
      assertTrue(refused.startsWith(place) && !refused.contains("--set"), refused);
    }
  }

  /** Their means are of the levels in them. */
  @Test
  void binsThatRememberAreOfOneRangeInAllStages() {
    String run = "ratio { decay: 0.9 } ";
    String other = "stage { steps: 1 set: 'noise.sigma_max=3' }";
    String refused = assertThrows(InputException.class, () -> of(run + other)).getMessage();
    assertTrue(refused.contains("stage[1].set: another noise.sigma_min or"), refused);
    assertDoesNotThrow(() -> of(run + "stage { steps: 1 set: 'noise.std=2' }"));
    assertDoesNotThrow(() -> of(other), "means of a batch alone");
    assertDoesNotThrow(() -> of("ratio { decay: 0.9 bins: 0 } " + other));
  }

  @ParameterizedTest
  @ValueSource(strings = {"BFLOAT16", "FACTORED"})
  void theFirstMomentIsKeptByAllStagesOrByNone(String state) {
    String run = "optimiser { state: " + state + " beta1: 0 } ";
    String other = "stage { steps: 1 set: 'optimiser.beta1=0.9' }";
    String refused = assertThrows(InputException.class, () -> of(run + other)).getMessage();
    assertTrue(refused.contains("stage[1].set") && refused.contains("beta1 0"), refused);
    assertDoesNotThrow(() -> of(run + "stage { steps: 1 set: 'optimiser.beta2=0.9' }"));
    assertDoesNotThrow(() -> of("optimiser { beta1: 0 } " + other), "as float32 it is always");
  }
}
