package io.github.fdistill.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** What tests of a set in a folder share: the folder, and what they put there. */
abstract class SetFolder {
  @TempDir Path folder;

  /** Pictures of a grey pixel. */
  final void put(String... names) {
    for (String name : names) {
      PngFile.write(folder.resolve(name), new Images(new float[1], 1, 1, 1), 0);
    }
  }

  final void write(String name, String text) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    Files.writeString(folder.resolve(name), text);
  }

  final ImageSource train() {
    return ImageSources.open(folder, Split.TRAIN);
  }
}
