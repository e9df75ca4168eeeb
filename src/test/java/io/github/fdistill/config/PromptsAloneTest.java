package io.github.fdistill.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs images is refused where there are prompts alone. */
class PromptsAloneTest {
  private static final Path FILE = Path.of("distill.pbtxt");

  private static DistillConfig config(String path, String... more) {
    List<String> settings =
        new ArrayList<>(List.of("name=student", "teacher=teacher", "dataset.path=" + path));
    settings.addAll(List.of(more));
    return Configs.with(DistillConfig.getDefaultInstance(), settings);
  }

  @Test
  void allThatIsWrongIsToldAtOnceWithTheRemedy() {
    String message =
        assertThrows(
                InputException.class, () -> SettingChecks.check(FILE, config("mine/Prompts.TXT")))
            .getMessage();
    assertTrue(message.contains("--set discriminator.gan_weight=0"), message);
    assertTrue(message.contains("--set divergence=REVERSE_KL"), message);
    assertDoesNotThrow(() -> SettingChecks.check(FILE, config("pictures")));
  }

  @Test
  void aWeightThatIsTheSameForEveryRatioNeedsNoImages() {
    for (String weight : List.of("divergence=REVERSE_KL", "alpha=0")) {
      DistillConfig config =
          config("p.txt", "divergence=ALPHA", weight, "discriminator.gan_weight=0");
      assertDoesNotThrow(() -> SettingChecks.check(FILE, config));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "divergence=ALPHA",
        "discriminator.r1_weight=1",
        "ratio.source=EXACT",
        "student_input=REAL_IMAGES",
        "dataset.flip=true",
        "dataset.by_row[0].input=vector"
      })
  void whatNeedsImagesIsRefusedByItsName(String setting) {
    DistillConfig config =
        config("p.txt", "divergence=REVERSE_KL", "discriminator.gan_weight=0", setting);
    String message =
        assertThrows(InputException.class, () -> SettingChecks.check(FILE, config)).getMessage();
    assertTrue(message.contains(setting.replaceAll("[=\\[].*", "")), message);
    Matcher remedy = Pattern.compile("--set (\\S+?=[^ ,)]*)").matcher(message);
    assertTrue(remedy.find(), message);
    if (setting.contains("by_row")) {
      assertTrue(message.contains("take by_row out of distill.pbtxt, or "), message);
      assertEquals("dataset.path=PATH", remedy.group(1), "no --set takes a list of groups away");
    }
    DistillConfig mended = Configs.with(config, List.of(remedy.group(1)));
    assertDoesNotThrow(() -> SettingChecks.check(FILE, mended));
  }

  /** What does not go together is named by a field that {@code --set} takes. */
  @ParameterizedTest
  @CsvSource({
    "noise.sigma_min=90, noise.sigma_min, 0.01",
    "average[0].relative_length=0.1;average[0].ramp=false, average[0].relative_length, 0",
    "average[0].decay=0.9;average[1].relative_length=0.0001, average[1].relative_length, 0.1"
  })
  void remediesOfSettingsAreTaken(String settings, String field, String value) {
    DistillConfig config = config("pictures", settings.split(";"));
    String message =
        assertThrows(InputException.class, () -> SettingChecks.check(FILE, config)).getMessage();
    assertTrue(message.startsWith(FILE + ": " + field + ":"), message);
    DistillConfig mended = Configs.with(config, List.of(field + "=" + value));
    assertDoesNotThrow(() -> SettingChecks.check(FILE, mended));
  }
}
