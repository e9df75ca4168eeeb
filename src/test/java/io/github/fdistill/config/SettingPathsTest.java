package io.github.fdistill.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SettingPathsTest {
  /** Of three learning rates it is told which one differs. */
  @Test
  void aLineSaysWhichSettingItIs() {
    DistillConfig config = DistillConfig.newBuilder().setName("a\nb").build();
    String own = "fake_score.optimiser.learning_rate=1e-5";
    DistillConfig other = Configs.with(config, List.of(own, "average[0].decay=0.5"));
    List<String> lines = SettingPaths.of(other).lines().toList();
    assertTrue(lines.contains("fake_score.optimiser.learning_rate: 1.0E-5"), lines.toString());
    assertTrue(lines.contains("average[0].decay: 0.5"), lines.toString());
    assertTrue(lines.contains("name: \"a\\nb\""), lines.toString());
    assertEquals(lines.size(), lines.stream().distinct().count());
  }

  /** Each can be given as it is told, and nothing is left out. */
  @Test
  void whatIsToldCanBeSet() {
    NetworkConfig network =
        NetworkConfig.newBuilder()
            .setUnet(UNetConfig.newBuilder().addMultiplier(1).addMultiplier(2))
            .build();
    List<String> sets =
        SettingPaths.of(network).lines().map(line -> line.replaceFirst(": ", "=")).toList();
    assertEquals(Configs.resolved(network), Configs.with(NetworkConfig.getDefaultInstance(), sets));
  }
}
