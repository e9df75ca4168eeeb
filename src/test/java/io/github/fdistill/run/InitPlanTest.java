package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.SettingChecks;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitPlanTest {
  /** They need no classes; a FID needs more images than numbers, and each has 4,096 at most. */
  @ParameterizedTest
  @CsvSource({
    "16, 1000, 64",
    "4, 1000, 16",
    "16, 18, 4",
    "64, 1000, 64",
    "80, 1000, 0",
    "16, 4, 0"
  })
  void featuresOfPixelsArePlannedWhereTheyFit(int side, long images, int numbers) {
    InitPlan.Size shape = InitPlan.Size.square(side, 1);
    Optional<String> plan =
        new InitPlan("mine", shape, 0, "a.npy", "", false, 16).pixelFeatures(images);
    assertEquals(numbers > 0, plan.isPresent());
    plan.ifPresent(
        text -> {
          FeaturesConfig config = Configs.of(text, FeaturesConfig.getDefaultInstance());
          SettingChecks.check(Path.of("features.pbtxt"), config);
          assertEquals(numbers, config.getPrincipalComponents());
          assertEquals("mine-features", config.getName());
          assertEquals("a.npy", config.getDataset().getPath());
        });
  }

  @Test
  void aDistillationBeforeItsTeacherIsThereNamesTheCommandThatMakesIt(@TempDir Path folder) {
    InitPlan plan = new InitPlan("mine", InitPlan.Size.square(16, 1), 0, "a.npy", "", false, 16);
    DistillConfig config = Configs.of(plan.distill(100), DistillConfig.getDefaultInstance());
    Path file = Path.of("distill.pbtxt");
    InputException refused =
        assertThrows(
            InputException.class, () -> DistillInputs.open(Workspace.at(folder), file, config));
    String command = "remedy: ./fdistill pretrain --config graphs/mine/pretrain.pbtxt, to its end;";
    assertTrue(refused.getMessage().contains(command), refused.getMessage());
  }
}
