package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitJobTest {
  @TempDir Path folder;

  /** What ends it, as nothing here takes it for an error of its own. */
  private static final class Killed extends Error {}

  /** Steps are timed for half a minute: whoever is killed then can begin again. */
  @Tag("trial")
  @Test
  void nothingHasTheNameWhileStepsAreTimed() throws IOException {
    for (int i = 0; i < 10; i++) {
      Images one = new Images(new float[64], 8, 8, 1);
      PngFile.write(folder.resolve("pictures/" + i + ".png"), one, 0);
    }
    InitJob job =
        new InitJob(
            new Workspace(folder),
            "mine",
            "pictures",
            Optional.empty(),
            0.01,
            line -> {
              if (line.startsWith("A step takes")) {
                throw new Killed();
              }
            });
    assertThrows(Killed.class, job::run);
    try (Stream<Path> inside = Files.walk(folder)) {
      List<Path> named = inside.filter(path -> path.endsWith("mine")).toList();
      assertEquals(List.of(), named);
    }
  }
}
