package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.GraphTags;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.savedmodel.ModelFolder;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;

/**
 * What is said of a model beside its signatures.
 *
 * @param where it is said, for messages
 */
public record ModelInfo(DenoiserInfo info, String where) {
  /** The file in a SavedModel that it stands in. */
  static final String FILE = "assets.extra/denoiser.pbtxt";

  /** What a SavedModel says of itself. */
  public static ModelInfo in(Path folder) {
    Path file = ModelFolder.file(folder, FILE.split("/"));
    return RegularFile.isThere(file)
        ? read(file).withNone(folder).named(folder)
        : new ModelInfo(DenoiserInfo.getDefaultInstance(), file.toString());
  }

  private ModelInfo withNone(Path folder) {
    return new ModelInfo(NoneValues.read(info, folder), where);
  }

  /** The same with the names of its classes as the model's record leads to them. */
  private ModelInfo named(Path folder) {
    int classes = info.getClasses();
    if (classes < 1 || info.getClassNameCount() > 0) {
      return this;
    }
    List<String> names = TrainedClasses.of(folder, classes);
    return new ModelInfo(info.toBuilder().addAllClassName(names).build(), where);
  }

  /** What is said of a model, or else what it says of itself. */
  static ModelInfo of(Path path, Optional<ModelInfo> said) {
    return said.orElseGet(() -> in(SavedModel.versionIn(path)));
  }

  /** Reads the SavedModel that it is said of, the graph that it names. */
  SavedModel model(Path path) {
    boolean named = info.getMapping().hasTags() || info.getGenerator().hasTags();
    GraphTags tags =
        info.hasMapping() ? info.getMapping().getTags() : info.getGenerator().getTags();
    return SavedModel.read(
        path, named ? Optional.of(Set.copyOf(tags.getTagList())) : Optional.empty());
  }

  /** What a file says that is like the one in a SavedModel. */
  public static ModelInfo read(Path file) {
    return new ModelInfo(
        Configs.read(file, DenoiserInfo.getDefaultInstance(), List.of()), file.toString());
  }

  /** Writes it where a SavedModel in a folder says it of itself. */
  public void write(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    Files.createDirectories(file.getParent());
    DenoiserInfo said = NoneValues.written(info, folder);
    Files.writeString(file, com.google.protobuf.TextFormat.printer().printToString(said));
  }

  /** What a run's config says of its teacher, if it does. */
  public static Optional<ModelInfo> ofTeacher(Path config) {
    DistillConfig c = Configs.read(config, DistillConfig.getDefaultInstance(), List.of());
    return c.hasTeacherInfo()
        ? Optional.of(new ModelInfo(c.getTeacherInfo(), config + ": teacher_info"))
        : Optional.empty();
  }

  /**
   * The same with its number of classes where a label is taken and nothing said: as many as have
   * names, or unknown; and with what files say of inputs without a condition.
   *
   * @param folder of the model
   * @throws InputException for numbers that cannot be
   */
  DenoiserInfo checked(boolean conditional, Path folder) {
    requirePossible(conditional);
    DenoiserInfo info = NoneValues.ofFiles(this.info, folder, place("none"));
    int named = info.getClassNameCount();
    boolean silent = conditional && info.getClasses() == 0;
    int known = named > 0 ? named : DenoiserModel.UNKNOWN_CLASSES;
    return silent ? info.toBuilder().setClasses(known).build() : info;
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
    int named = info.getClassNameCount();
    require(
        named == 0 || named == classes || conditional && classes == 0,
        "class_name",
        named + " names, of " + classes + " classes",
        "a name for each class, or none");
    double data = info.getSigmaData();
    require(data > 0 && Double.isFinite(data), "sigma_data", "" + data, "above 0");
    double low = info.getSigmaMin();
    double high = info.getSigmaMax();
    require(
        0 < low && low < high && Double.isFinite(high),
        "sigma_min, sigma_max",
        low + ", " + high,
        "0 < sigma_min < sigma_max");
    double from = info.getSampledFrom();
    require(
        from == 0 || low < from && Double.isFinite(from),
        "sampled_from",
        "" + from,
        "0 (sigma_max), or above sigma_min, " + low);
    double student = info.getStudentSigma();
    require(
        student >= 0 && Double.isFinite(student),
        "student_sigma",
        "" + student,
        "0 (not a student) or more");
    if (info.getStudentLevelCount() > 0) {
      StudentSteps.require(info, place("student_level"));
    }
  }

  private void require(boolean holds, String field, String found, String needed) {
    if (!holds) {
      throw new InputException(place(field), found, needed, "correct it there");
    }
  }

  /**
   * What to ask of images that seem to be [C,H,W], as PyTorch has them, where a mapping does not
   * say how their axes stand: 1, 3 or 4 high, and as wide as they have channels.
   *
   * @param image [H,W,C] as they were taken
   */
  public List<String> notes(Shape image) {
    boolean mapped = info.hasMapping() && !info.getMapping().hasLayout();
    boolean generates = info.hasGenerator() && !info.getGenerator().hasLayout();
    long high = image.get(0);
    boolean channels = high == 1 || high == 3 || high == 4;
    boolean turned = channels && image.get(1) == image.get(2) && image.get(1) != high;
    return turned && (mapped || generates)
        ? List.of(
            String.format(
                "images %d high, %d wide, of %d channels: are the channels first, as in PyTorch?"
                    + " Say layout: NCHW in the mapping, or NHWC if they are not, and import the"
                    + " model anew, or say it in its own %s",
                high, image.get(1), image.get(2), FILE))
        : List.of();
  }

  /** SHA-256 of what is said: called in another way, a model is another. */
  public String sha256() {
    return Sha256.ofText(Configs.print(info));
  }

  /** A field of it, for messages. */
  String place(String field) {
    return where + ": " + field;
  }
}
