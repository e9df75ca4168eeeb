package io.github.fdistill.cli;

import com.google.protobuf.TextFormat;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.ReadEvents;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a run has left, by which two runs are compared: to the bit, but for times. */
record RunResult(Path root, String name) {
  /** A temporary of a file or folder that was not finished. */
  private static final String TEMPORARY = "\\..+\\.tmp-\\d+-\\d+-[0-9a-f]+";

  /**
   * The SHA-256 of every file that the run has made, by name, with that of all that TensorBoard
   * shows, in its order. Left out are the record, which has times and the command line, the lock,
   * and the note of the export. The model of the newest version stands for all exports.
   */
  Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    Path run = root.resolve("runs").resolve(name);
    for (Path file : files(run)) {
      String path = run.relativize(file).toString();
      if (!path.matches("(.*/)?record.json|lock|exported|events\\.out\\..*")) {
        files.put(path, hash(file));
      }
    }
    files.put("events", Sha256.ofText(ReadEvents.shown(run).toString()));
    Path model = SavedModel.newestVersion(root.resolve("savedmodels").resolve(name)).orElseThrow();
    for (Path file : files(model)) {
      String path = model.relativize(file).toString();
      if (!path.matches(".*/record.json")) {
        files.put("exported/" + path, hash(file));
      }
    }
    return files;
  }

  /** TensorFlow writes a graph's attributes in any order: of a graph counts what it says. */
  private static String hash(Path file) throws IOException {
    return file.endsWith("saved_model.pb")
        ? Sha256.ofText(
            TextFormat.printer()
                .printToString(org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file))))
        : Sha256.of(file);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> inside = Files.walk(folder)) {
      return inside.filter(Files::isRegularFile).toList();
    }
  }

  /** The temporaries that are anywhere in the working directory. */
  List<Path> temporaries() throws IOException {
    try (Stream<Path> inside = Files.walk(root)) {
      return inside.filter(p -> p.getFileName().toString().matches(TEMPORARY)).toList();
    }
  }
}
