package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.files.Installation;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the classes of a model are called that does not say so itself: as in the dataset that its
 * record says it was trained on, where that is there and has a file of names.
 */
public final class TrainedClasses {
  private static final long MOST_BYTES = 1 << 24;

  private TrainedClasses() {}

  /**
   * The names.
   *
   * @param version {@code savedmodels/NAME/VERSION}; the dataset lies beside savedmodels, or came
   *     with the program
   * @return none where they are not known, or are not as many as the classes
   */
  public static List<String> of(Path version, int classes) {
    Path record = RunFiles.recordOf(version);
    Path root = version.toAbsolutePath().normalize().resolve("../../..").normalize();
    try {
      if (!Files.isRegularFile(record) || Files.size(record) > MOST_BYTES) {
        return List.of();
      }
      return RecordFile.read(record)
          .find("dataset", "path")
          .map(path -> ImageSources.classNames(Installation.ofThisProgram().find(root, path)))
          .filter(names -> names.size() == classes)
          .orElse(List.of());
    } catch (IOException | InputException | java.nio.file.InvalidPathException e) {
      return List.of(); // A record of another program's is nothing to stop for.
    }
  }
}
