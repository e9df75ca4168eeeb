package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigPathsTest {
  @TempDir Path root;

  private void write(String name) throws IOException {
    Files.createDirectories(root.resolve(name).getParent());
    Files.writeString(root.resolve(name), "");
  }

  @Test
  void whatLiesBesideTheConfigIsFoundInListsToo() throws IOException {
    write("set/data.npy");
    write("set/vectors.npy");
    write("set/both.npy");
    write("both.npy");
    DistillConfig settings =
        Configs.of(
            """
            teacher: "gone"
            dataset {
              path: "data.npy"
              by_row { input: "a" file: "vectors.npy" }
              by_row { input: "b" file: "both.npy" }
              by_row { input: "c" file: "gone.npy" }
            }
            """,
            DistillConfig.getDefaultInstance());
    DistillConfig found =
        ConfigPaths.found(new Workspace(root), root.resolve("set/distill.pbtxt"), settings);
    DistillConfig.Builder expected = settings.toBuilder();
    expected.getDatasetBuilder().setPath("set/data.npy");
    expected.getDatasetBuilder().getByRowBuilder(0).setFile("set/vectors.npy");
    assertEquals(expected.build(), found);
  }

  /** As a record has them; a text that begins as a path does is none. */
  @Test
  void absolutePathsAreSeenFromTheWorkspace() {
    String settings =
        """
        teacher: "ROOT/savedmodels/teacher"
        student: "student"
        dataset {
          path: "ROOT/a \\"b\\""
          by_row { input: "/a" file: "ROOT/../vectors.npy" }
        }
        negative_prompt: "/imagine blurry"
        lora { targets: "/attn/*" }
        """;
    DistillConfig absolute =
        Configs.of(settings.replace("ROOT", root.toString()), DistillConfig.getDefaultInstance());
    DistillConfig.Builder expected = absolute.toBuilder().setTeacher("savedmodels/teacher");
    expected.getDatasetBuilder().setPath("a \"b\"");
    expected.getDatasetBuilder().getByRowBuilder(0).setFile("../vectors.npy");
    assertEquals(expected.build(), ConfigPaths.relative(new Workspace(root), absolute));
  }
}
