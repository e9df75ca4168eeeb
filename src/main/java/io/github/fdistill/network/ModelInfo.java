package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.savedmodel.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is said of a model beside its signatures.
 *
 * @param where it is said, for messages
 */
public record ModelInfo(DenoiserInfo info, String where) {
  /** The file in a SavedModel that it stands in. */
  static final String FILE = "assets.extra/denoiser.pbtxt";

  /** What a SavedModel says of itself. */
  static ModelInfo in(Path folder) {
    Path file = ModelFolder.file(folder, FILE.split("/"));
    return Files.isRegularFile(file)
        ? read(file)
        : new ModelInfo(DenoiserInfo.getDefaultInstance(), file.toString());
  }

  /** What a file says that is like the one in a SavedModel. */
  public static ModelInfo read(Path file) {
    return new ModelInfo(
        Configs.read(file, DenoiserInfo.getDefaultInstance(), List.of()), file.toString());
  }

  /** What a run's config says of its teacher, if it does. */
  public static Optional<ModelInfo> ofTeacher(Path config) {
    DistillConfig c = Configs.read(config, DistillConfig.getDefaultInstance(), List.of());
    return c.hasTeacherInfo()
        ? Optional.of(new ModelInfo(c.getTeacherInfo(), config + ": teacher_info"))
        : Optional.empty();
  }

  /**
   * The same with its number of classes unknown where a label is taken and nothing said.
   *
   * @throws InputException for numbers that cannot be
   */
  DenoiserInfo checked(boolean conditional) {
    requirePossible(conditional);
    boolean silent = conditional && info.getClasses() == 0;
    return silent ? info.toBuilder().setClasses(DenoiserModel.UNKNOWN_CLASSES).build() : info;
  }

  private void requirePossible(boolean conditional) {
    int classes = info.getClasses();
    require(
        classes >= DenoiserModel.UNKNOWN_CLASSES
            && classes <= LabelRange.MOST_CLASSES
            && (conditional || classes == 0),
        "classes",
        classes + (conditional ? "" : ", of a signature without the input label"),
        conditional
            ? "the number of classes, at most " + LabelRange.MOST_CLASSES
            : "0, or a signature with label");
    double data = info.getSigmaData();
    require(data > 0 && Double.isFinite(data), "sigma_data", "" + data, "above 0");
    double low = info.getSigmaMin();
    double high = info.getSigmaMax();
    require(
        0 < low && low < high && Double.isFinite(high),
        "sigma_min, sigma_max",
        low + ", " + high,
        "0 < sigma_min < sigma_max");
    double student = info.getStudentSigma();
    require(
        student >= 0 && Double.isFinite(student),
        "student_sigma",
        "" + student,
        "0 (not a student) or more");
  }

  private void require(boolean holds, String field, String found, String needed) {
    if (!holds) {
      throw new InputException(place(field), found, needed, "correct it there");
    }
  }

  /** A field of it, for messages. */
  String place(String field) {
    return where + ": " + field;
  }
}
