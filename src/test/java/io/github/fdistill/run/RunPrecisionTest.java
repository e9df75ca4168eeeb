package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.ChosenPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunPrecisionTest {
  @TempDir Path folder;
  private Workspace work;

  @BeforeEach
  void open() {
    work = Workspace.at(folder);
  }

  private static PretrainConfig config(String more) {
    return Configs.of("name: 'run' " + more, PretrainConfig.getDefaultInstance());
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BFLOAT16"})
  void whatIsAskedForStays(Precision asked) {
    PretrainConfig config = config("precision: " + asked);
    assertEquals(config, RunPrecision.chosen(work, config));
  }

  @Test
  void whatIsLeftToTheMachineIsSaid() {
    Precision chosen = RunPrecision.chosen(work, config("")).getPrecision();
    assertEquals(ChosenPrecision.of(Precision.AUTO), chosen);
    assertEquals(chosen, ChosenPrecision.of(chosen));
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BFLOAT16"})
  void aBegunRunKeepsItsPrecisionOnAnyMachine(Precision begun) throws IOException {
    Path run = Files.createDirectories(RunSession.folder(work, "run"));
    Files.writeString(run.resolve(RunFiles.CONFIG), "name: 'run' precision: " + begun);
    assertEquals(begun, RunPrecision.chosen(work, config("")).getPrecision());
  }
}
