package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.PictureReading;
import io.github.fdistill.data.PngFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  private ImageSource open(String text) {
    return ImageSets.onDisk(text, folder, PictureReading.STRICT);
  }

  /** Else a set would be measured against itself, and nobody be told. */
  @Test
  void testImagesAreThoseOfATestPartAlone() {
    Images pixel = new Images(new float[1], 1, 1, 1);
    for (String name :
        List.of("set/a", "set/b", "parts/train/a", "parts/train/b", "parts/test/c")) {
      PngFile.write(folder.resolve(name + ".png"), pixel, 0);
    }
    NpyFile.writeFloat32(folder.resolve("set.npy"), new long[] {1, 1, 1, 1}, new float[1]);
    for (String set : List.of("set", "set.npy", "parts/train")) {
      String refused = assertThrows(InputException.class, () -> open(set + ":test")).getMessage();
      assertTrue(refused.startsWith(set + ":test: no test images"), refused);
      assertTrue(open(set).size() > 0, "as the remedy says");
    }
    assertEquals(1, open("parts:test").size());
    assertEquals(folder.resolve("parts"), ImageSets.path(folder, "parts:test"));
    String gone = assertThrows(InputException.class, () -> open("gone:test")).getMessage();
    assertTrue(gone.contains("no such folder or file"), gone);
  }
}
