package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetsTest {
  @TempDir Path folder;

  /** The usual layout of MNIST's pictures: a folder for each digit. */
  @Test
  void classesThatAreCalledNumbersAreNoVersions() throws IOException {
    for (int digit = 0; digit < 10; digit++) {
      Path pictures = Files.createDirectories(folder.resolve("digits/" + digit));
      Files.createFile(pictures.resolve("a.png"));
    }
    assertFalse(ImageSets.isModel(folder.resolve("digits")));
    Path version = Files.createDirectories(folder.resolve("model/3"));
    assertFalse(ImageSets.isModel(folder.resolve("model")), "an empty folder");
    Files.createFile(version.resolve("saved_model.pb"));
    assertTrue(ImageSets.isModel(folder.resolve("model")));
    assertTrue(ImageSets.isModel(version));
  }
}
