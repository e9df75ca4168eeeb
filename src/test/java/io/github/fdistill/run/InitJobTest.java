package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.PngFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
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
    assertThrows(Killed.class, job("pictures", told -> {}, "A step takes")::run);
    try (Stream<Path> inside = Files.walk(folder)) {
      List<Path> named = inside.filter(path -> path.endsWith("mine")).toList();
      assertEquals(List.of(), named);
    }
  }

  /** One that is killed when it tells of something. */
  private InitJob job(String images, Consumer<String> tell, String last) {
    return new InitJob(
        new Workspace(folder),
        "mine",
        images,
        Optional.empty(),
        0.01,
        line -> {
          tell.accept(line);
          if (line.startsWith(last)) {
            throw new Killed();
          }
        });
  }

  private void pictures(String name, int many, int few) {
    Images one = new Images(new float[64], 8, 8, 1);
    for (int i = 0; i < many; i++) {
      PngFile.write(folder.resolve(name + "/many/" + i + ".png"), one, 0);
    }
    for (int i = 0; i < few; i++) {
      PngFile.write(folder.resolve(name + "/few/" + i + ".png"), one, 0);
    }
  }

  @Test
  void captionsAndClassesThatAreLeftOutAreTold() throws IOException {
    pictures("set", 10, 9);
    Files.writeString(folder.resolve("set/few/0.txt"), "one of few");
    List<String> told = new ArrayList<>();
    assertThrows(Killed.class, job("set", told::add, "Classes without test images")::run);
    assertTrue(told.get(1).startsWith("Their captions are not learnt from"), told::toString);
    assertTrue(told.get(2).endsWith("whether the features know them: few"), told::toString);

    pictures("small", 9, 2);
    InputException refused =
        assertThrows(InputException.class, job("small", line -> {}, "never")::run);
    String message = refused.getMessage();
    assertTrue(message.contains("11 images, and of no class 10"), message);
    assertTrue(message.contains("10 images of one class at least: every 10th of a"), message);
  }
}
