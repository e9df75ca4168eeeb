package io.github.fdistill.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Files of data that this package alone reads. */
public final class DataFiles {
  private static final PictureReading ANY =
      new PictureReading(Optional.of(new Background(10, 20, 30)), true, false);

  private DataFiles() {}

  /** Images of a folder, turned and laid on a colour where they have to be. */
  public static ImageSource converted(Path folder) {
    return ImageSources.open(folder, Split.TRAIN, ANY);
  }

  /** What is kept of a look at pictures. */
  public static void survey(Path to) throws IOException {
    Files.writeString(
        to,
        "{\"sizes\": {\"4x5x3\": 2}, \"needs\": {\"DEEP\": 1}, \"firsts\": {\"DEEP\": \"a.png\"},"
            + " \"unread\": {\"b.png\": \"damaged\"}, \"several\": 0}");
  }

  /** Reads it. */
  public static void readSurvey(Path file) {
    SurveyCache.read(file);
  }
}
