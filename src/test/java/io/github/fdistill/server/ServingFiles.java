package io.github.fdistill.server;

import java.nio.file.Path;

/** TensorFlow Serving's own files, as a server reads them. */
public final class ServingFiles {
  private ServingFiles() {}

  /** Reads those of the folder in which this one is. */
  public static void look(Path file) {
    VersionsFolder folder = VersionsFolder.at(file.getParent());
    folder.contents();
    folder.batching();
  }
}
