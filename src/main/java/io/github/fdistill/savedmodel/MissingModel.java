package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.files.ShellWord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A path that has no model: what lies near it, or what is to make one there. */
final class MissingModel {
  private static final String MODELS = "savedmodels";
  private static final String RUNS = "runs";

  /** A SavedModel that lies deeper in a folder is not looked for. */
  private static final int MOST_LEVELS = 4;

  /** More models of a folder are not named. */
  private static final int MOST_NAMED = 20;

  private MissingModel() {}

  /** What to say of a path that is neither a SavedModel nor what one can be made of. */
  static InputException refusal(Path path) {
    if (Files.isDirectory(path)) {
      return new InputException(
          path.toString(),
          "not a SavedModel: there is no " + SavedModelFile.NAME + " in it",
          "a folder with " + SavedModelFile.NAME + ", or one with such folders named 1, 2, ...",
          "check the path; " + NamesNear.of(path, MODELS, RUNS));
    }
    if (Files.exists(path)) {
      return noFolder(path, "a file");
    }
    return runOf(path)
        .map(run -> unfinished(path, run))
        .orElseGet(() -> noFolder(path, "no such folder"));
  }

  private static InputException noFolder(Path path, String found) {
    return new InputException(
        path.toString(),
        found,
        "a SavedModel folder",
        "check the path; " + NamesNear.of(path, MODELS, RUNS));
  }

  private static InputException unfinished(Path path, Path run) {
    return new InputException(
        path.toString(),
        "no such folder; the run that makes it, " + run + ", has exported nothing yet",
        "a run that has come to its end",
        "give the run's command again, which is in "
            + run.resolve("record.json")
            + ": it goes on where it stopped");
  }

  /** The folder of the run that has begun to make a model. */
  private static Optional<Path> runOf(Path path) {
    Path parent = path.getParent();
    if (parent == null || !parent.endsWith(MODELS)) {
      return Optional.empty();
    }
    Path run = parent.resolveSibling(RUNS).resolve(path.getFileName());
    return Files.isRegularFile(run.resolve("config.pbtxt")) ? Optional.of(run) : Optional.empty();
  }

  /**
   * Models that lie deeper in a folder, as a shell reads their paths, in order.
   *
   * @param most files are looked at
   */
  static List<String> within(Path folder, int most) {
    try (Stream<Path> files = Files.walk(folder, MOST_LEVELS)) {
      return files
          .limit(most)
          .filter(file -> file.endsWith(SavedModelFile.NAME))
          .map(file -> ShellWord.quoted(ofVersions(file.getParent()).toString()))
          .distinct()
          .sorted()
          .limit(MOST_NAMED)
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** The folder of a model whose versions are named 1, 2, ... */
  private static Path ofVersions(Path folder) {
    return folder.getFileName().toString().matches("\\d+") ? folder.getParent() : folder;
  }
}
