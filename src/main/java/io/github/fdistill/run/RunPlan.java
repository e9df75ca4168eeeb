package io.github.fdistill.run;

import com.google.protobuf.Message;
import io.github.fdistill.config.SettingPaths;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.StudentModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run is to do and on what: the same for every session of it.
 *
 * @param command that runs it
 * @param name of its folder {@code runs/NAME} and its model {@code savedmodels/NAME}
 * @param steps in all
 * @param settings by the file in the run's folder that they stand in
 * @param inputs what it reads beside its settings
 */
public record RunPlan(
    String command,
    String name,
    long seed,
    long steps,
    Map<String, Message> settings,
    List<Input> inputs) {

  /** The same for another number of steps. */
  RunPlan withSteps(long count, Message config) {
    Map<String, Message> changed = new LinkedHashMap<>(settings);
    changed.put(CONFIG, config);
    return new RunPlan(command, name, seed, count, changed, inputs);
  }

  /**
   * What several workers are to read alike, a line each: the inputs, and settings in files of their
   * own, such as the network that is pretrained. What the config says was compared when they met.
   */
  String readByAll() {
    StringBuilder all = new StringBuilder();
    inputs.forEach(i -> all.append(i.role + ": SHA-256 " + i.sha256 + "\n"));
    settings.entrySet().stream()
        .filter(each -> !each.getKey().equals(CONFIG))
        .forEach(
            each -> all.append(each.getKey() + ":\n" + SettingPaths.of(each.getValue()) + "\n"));
    return all.toString();
  }

  /** The file of a run's config. */
  public static final String CONFIG = RunFiles.CONFIG;

  /**
   * Something that is read, and which one.
   *
   * @param role what it is read for, a constant of this class: its name in the run's file {@code
   *     inputs} and in its record
   * @param path from the working directory
   * @param former SHA-256s that it may have had when the run was begun, without being another
   */
  public record Input(String role, String path, String sha256, List<String> former) {
    /** The training images. */
    static final String DATASET = "dataset";

    /** The images by which a classifier's accuracy is found. */
    static final String TEST_IMAGES = "test_images";

    /** The model that a pretrained one begins as. */
    static final String START = "start";

    /** The model that is distilled. */
    static final String TEACHER = "teacher";

    /** The model that the student begins as, where it is another than the teacher. */
    static final String STUDENT = "student";

    /** The model that the fake score begins as, where it is another than the teacher. */
    static final String FAKE_SCORE = "fake_score";

    /** The features network that a run is measured by on the way, where it is. */
    static final String FEATURES = "features";

    /** The first that is read for a role, if any is. */
    static Optional<Input> of(List<Input> inputs, String role) {
      return inputs.stream().filter(input -> input.role().equals(role)).findFirst();
    }

    public Input(String role, String path, String sha256) {
      this(role, path, sha256, List.of());
    }

    /** The same, which may have had another SHA-256 when the run was begun. */
    Input formerly(String other) {
      List<String> others = new ArrayList<>(former);
      others.add(other);
      return new Input(role, path, sha256, List.copyOf(others));
    }

    /** The SHA-256 that it was begun with, where it counts as the same; else its own. */
    String sha256Like(List<Input> begun) {
      return begun.stream()
          .filter(input -> input.role.equals(role) && former.contains(input.sha256))
          .findFirst()
          .map(Input::sha256)
          .orElse(sha256);
    }

    /** The training images. */
    public static Input dataset(Workspace workspace, String path, ImageSource images) {
      return images(DATASET, workspace, path, images);
    }

    /** Other images. */
    public static Input images(String role, Workspace workspace, String path, ImageSource images) {
      return new Input(role, workspace.relative(workspace.path(path)), images.fingerprint());
    }

    /** A model, by the hash of its file or folder. */
    public static Input model(Workspace workspace, String role, StudentModel model)
        throws IOException {
      Path path = Path.of(model.origin());
      String hash = Files.isDirectory(path) ? Sha256.ofFolder(path) : Sha256.of(path);
      return new Input(role, workspace.relative(path), hash);
    }
  }
}
