package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserMapping;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.SettingChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The configs that the README shows are configs. */
class ReadmeTest {
  private static final Path README = Path.of("README.md");

  /** The block, four spaces in, that a line begins. */
  private static DistillConfig block(String first) throws IOException {
    Matcher block =
        Pattern.compile("(?m)^    " + Pattern.quote(first) + "\\n(    .*\\n)*")
            .matcher(Files.readString(README));
    assertTrue(block.find(), first);
    return Configs.parse(README, block.group(), DistillConfig.getDefaultInstance());
  }

  @Test
  void aModelThatPredictsNoise() throws IOException {
    DistillConfig config = block("name: \"my-student\"");
    SettingChecks.check(README, config);
    assertEquals(
        DenoiserMapping.Prediction.EPSILON, config.getTeacherInfo().getMapping().getPredicts());
  }

  @Test
  void aStudentOfAnotherArchitecture() throws IOException {
    DistillConfig config = block("student: \"path/to/generator\"");
    assertEquals("make", config.getStudentInfo().getGenerator().getSignature());
  }
}
