package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FakeScoreConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.training.DistillationChecks;
import io.github.fdistill.training.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The networks of a distillation as the settings say they begin, checked against each other and the
 * settings.
 *
 * @param file that the config was read from
 * @param config with noise levels that the teacher knows
 */
record Beginning(
    Path file,
    DistillConfig config,
    DenoiserModel teacher,
    StudentModel student,
    DenoiserModel fakeScore) {
  private static final String STUDENT = "student";
  private static final String FAKE_SCORE = "fake_score.start";

  /**
   * Opens them: the student as the teacher where nothing is said; the fake score as the teacher
   * too, or as the student. A model that is named twice is there once. All is refused that they and
   * the settings tell: encoding images and texts, which comes next, may take hours.
   *
   * @throws InputException when something is missing or does not fit
   */
  static Beginning open(RunOrder order, DistillConfig asked, DenoiserModel teacher) {
    Workspace workspace = order.workspace();
    Path file = order.file();
    StudentModel student = student(workspace, file, asked, teacher);
    Models models = new Models(teacher, student, score(workspace, file, asked, teacher, student));
    DistillationChecks.requireHalvable(models, asked);
    DistillationChecks.requireAdapters(models, asked.getLora());
    DistillationChecks.requireGuidable(teacher, asked.getGuidance());
    DistillConfig config = KnownNoise.of(teacher).within(file, asked, student);
    Beginning all = new Beginning(file, config, teacher, student, models.fakeScore());
    all.requireStudent(workspace);
    all.requireFakeScore();
    CalledRows.require(file, config, order.workers(), models);
    DistillationChecks.requireSteps(student, config);
    DistillationChecks.requireFeatures(models, config);
    DistillationChecks.requireRatio(teacher, config);
    boolean trained = all.hasTrainedScore(workspace);
    Stage.configs(config).forEach(stage -> all.requireStage(stage, trained));
    return all;
  }

  private static StudentModel student(
      Workspace workspace, Path file, DistillConfig config, DenoiserModel teacher) {
    Optional<ModelInfo> said =
        DistillInputs.modelInfo(
            config.hasStudentInfo(), config.getStudentInfo(), file, "student_info");
    requirePath(said, config.getStudent(), STUDENT);
    if (config.getStudent().isEmpty()) {
      return teacher;
    }
    Path path = workspace.path(config.getStudent());
    return isOpen(path, teacher, said, ofTeacher(config))
        ? teacher
        : NamedModel.openStudent(path, config.getSeed(), said);
  }

  private static Optional<DenoiserInfo> ofTeacher(DistillConfig config) {
    return config.hasTeacherInfo() ? Optional.of(config.getTeacherInfo()) : Optional.empty();
  }

  /**
   * Whether a path names a model that is open, called in the same way: it is taken then, for
   * networks of one model share one copy of its weights.
   *
   * @param said of what the path names
   * @param known what was said of the open model
   */
  private static boolean isOpen(
      Path path, StudentModel open, Optional<ModelInfo> said, Optional<DenoiserInfo> known) {
    Path named = NamedModel.described(path) ? path : SavedModel.versionIn(path);
    try {
      return said.map(ModelInfo::info).equals(known)
          && Files.isSameFile(named, Path.of(open.origin()));
    } catch (IOException e) {
      return false; // Opening it says why.
    }
  }

  private static DenoiserModel score(
      Workspace workspace,
      Path file,
      DistillConfig config,
      DenoiserModel teacher,
      StudentModel student) {
    FakeScoreConfig c = config.getFakeScore();
    Optional<ModelInfo> said =
        DistillInputs.modelInfo(c.hasStartInfo(), c.getStartInfo(), file, "fake_score.start_info");
    requirePath(said, c.getStart(), FAKE_SCORE);
    if (!c.getStart().isEmpty()) {
      Path path = workspace.path(c.getStart());
      if (isOpen(path, teacher, said, ofTeacher(config))) {
        return teacher;
      }
      Optional<DenoiserInfo> ofStudent =
          config.hasStudentInfo() ? Optional.of(config.getStudentInfo()) : Optional.empty();
      return student instanceof DenoiserModel denoiser && isOpen(path, student, said, ofStudent)
          ? denoiser
          : NamedModel.open(path, config.getSeed(), said);
    }
    return student instanceof DenoiserModel denoiser
        ? Models.of(teacher, denoiser).fakeScore()
        : teacher;
  }

  private static void requirePath(Optional<ModelInfo> said, String path, String field) {
    if (said.isPresent() && path.isEmpty()) {
      throw new InputException(
          said.get().where(),
          "said of a model that is not named",
          field + ": a SavedModel's folder",
          "name the model, or leave it out: what begins as the teacher is called as the teacher");
    }
  }

  private boolean namesStudent() {
    return !config.getStudent().isEmpty();
  }

  private boolean namesScore() {
    return !config.getFakeScore().getStart().isEmpty();
  }

  /** Whether the fake score is named and has learnt some levels of noise, and no others. */
  private boolean hasTrainedScore(Workspace workspace) {
    return namesScore() && !NamedModel.described(workspace.path(config.getFakeScore().getStart()));
  }

  private void requireStudent(Workspace workspace) {
    if (namesStudent()) {
      boolean described = NamedModel.described(workspace.path(config.getStudent()));
      if (student instanceof DenoiserModel trained && !described) {
        KnownNoise.of(trained).requireStart(file, config);
      }
      requireAlike(STUDENT, student);
    }
    Configs.check(
        student.hasWeights(),
        file,
        STUDENT,
        "nothing, and the teacher has " + noWeights() + " to begin with",
        "the .pbtxt of a network, such as graphs/mixture/student.pbtxt, or a SavedModel"
            + orConstants());
  }

  private void requireFakeScore() {
    if (namesScore()) {
      requireAlike(FAKE_SCORE, fakeScore);
      return;
    }
    Configs.check(
        fakeScore.hasWeights(),
        file,
        FAKE_SCORE,
        "nothing; the teacher has " + noWeights() + ", and the student is no denoiser",
        "the .pbtxt of a network, or the SavedModel of a denoiser" + orConstants());
  }

  private void requireAlike(String field, StudentModel model) {
    Fits.requireAlike(field, teacher, model);
    Fits.requireSameClasses(field, teacher, model);
    Fits.requireWeights(field, model);
  }

  /** Of a model that is described there is a formula; of another, weights that are constants. */
  private String noWeights() {
    return NamedModel.described(Path.of(teacher.origin()))
        ? "a formula and no weights"
        : "constants in the place of weights (it is frozen)";
  }

  private String orConstants() {
    return NamedModel.described(Path.of(teacher.origin()))
        ? ""
        : "; or trainable_constants: 16 in the teacher's mapping, so that they are weights";
  }

  /** What a stage changes: noise and guidance. */
  private void requireStage(DistillConfig stage, boolean trainedScore) {
    KnownNoise.of(teacher).require(file, stage, student);
    if (trainedScore) {
      KnownNoise.of(fakeScore).requireLevels(file, stage.getNoise());
    }
    DistillationChecks.requireLevels(stage.getNoise());
    DistillationChecks.requireTimes(teacher, stage.getNoise());
    DistillationChecks.requireGuidable(teacher, stage.getGuidance());
  }

  /** How many classes these images have for the teacher, where it knows that, or of themselves. */
  int classes(ImageSource images) {
    int known = teacher.info().getClasses();
    return known == DenoiserModel.UNKNOWN_CLASSES ? images.classes() : known;
  }

  /** Refuses images of other classes, as far as it is known before they are encoded. */
  void requireClasses(ImageSource images) {
    if (teacher.pipeline().filter(Pipeline::decodes).isEmpty()) {
      return; // None is encoded: all of it is known at once.
    }
    Fits.requireClasses("teacher", teacher, images);
    Fits.requireClasses(STUDENT, student, images);
    Fits.requireClasses(FAKE_SCORE, fakeScore, images);
    ClassOrder.require(images, teacher.classNames(), classes(images), teacher.origin());
  }

  /** Refuses images that student or fake score do not take; the teacher does. */
  void requireFits(ImageSource images) {
    if (namesStudent()) {
      Fits.requireFits(STUDENT, student, images);
    }
    if (namesScore()) {
      Fits.requireFits(FAKE_SCORE, fakeScore, images);
    }
  }

  /** Adds student and fake score to what the run reads, where they are named. */
  void note(Workspace workspace, List<RunPlan.Input> inputs) throws IOException {
    if (namesStudent()) {
      inputs.add(RunPlan.Input.model(workspace, RunPlan.Input.STUDENT, student));
    }
    if (namesScore()) {
      inputs.add(RunPlan.Input.model(workspace, RunPlan.Input.FAKE_SCORE, fakeScore));
    }
  }
}
