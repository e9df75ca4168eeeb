package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.wire.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a models.config that somebody has changed. */
class VersionLabelsTest {
  @TempDir Path model;
  private final List<String> leftOut = new ArrayList<>();

  @BeforeEach
  void versions() throws IOException {
    for (int version = 1; version <= 3; version++) {
      Files.createDirectory(model.resolve("" + version));
    }
  }

  private ModelConfig with(String there) throws IOException {
    Files.writeString(
        model.resolve(VersionLabels.FILE),
        "model_config_list { config { name: 'm' " + there + "}}");
    return VersionLabels.with(model, "m", "canary", 4, leftOut::add)
        .getModelConfigList()
        .getConfig(0);
  }

  @Test
  void whatItSaysOfTheFolderAndOfAllVersionsStays() throws IOException {
    ModelConfig all =
        with("base_path: '/srv/m' model_platform: 'tf' model_version_policy { all {} }");
    assertEquals("/srv/m tf", all.getBasePath() + " " + all.getModelPlatform());
    assertTrue(all.getModelVersionPolicy().hasAll());
    assertEquals(Map.of("stable", 3L, "canary", 4L), all.getVersionLabelsMap());
    Files.delete(model.resolve("3"));
    Files.createSymbolicLink(model.resolve("3"), model.resolve("gone"));
    ModelConfig plain = with("");
    assertEquals(Map.of("stable", 2L, "canary", 4L), plain.getVersionLabelsMap());
    assertEquals("/models/m tensorflow", plain.getBasePath() + " " + plain.getModelPlatform());
    assertEquals(List.of(), leftOut);
  }

  @Test
  void whatIsLeftOutIsTold() throws IOException {
    ModelConfig some =
        with(
            "version_labels { key: 'stable' value: 2 } version_labels { key: 'old' value: 9 }"
                + " version_labels { key: 'canary' value: 3 }"
                + " model_version_policy { specific { versions: [1, 2, 3, 9] } }");
    assertEquals(List.of(2L, 4L), some.getModelVersionPolicy().getSpecific().getVersionsList());
    assertEquals(Map.of("stable", 2L, "canary", 4L), some.getVersionLabelsMap());
    assertEquals(
        List.of("the label old of version 9, which is gone", "version 1, which has no label"),
        leftOut);
    leftOut.clear();
    with("model_version_policy { latest { num_versions: 2 } }");
    assertEquals(List.of("the policy of the newest (num_versions: 2); labels say it"), leftOut);
  }
}
