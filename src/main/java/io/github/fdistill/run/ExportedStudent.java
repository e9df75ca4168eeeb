package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.config.Averages;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.ExportConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Split;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.training.StudentWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.Logger;

/**
 * A student that is to be exported: a SavedModel, or what a run has come to.
 *
 * @param name that its model would have
 * @param weights which of a run's they are, in words
 * @param record of the run that made it; need not be there
 */
public record ExportedStudent(StudentModel student, String name, String weights, Path record) {
  private static final Logger LOG = Logs.of(ExportedStudent.class);

  /**
   * Reads it.
   *
   * @throws InputException when it is neither, no student, or has not what the settings ask of it
   */
  public static ExportedStudent open(Workspace workspace, ExportConfig settings)
      throws IOException {
    String word = settings.getSource();
    if (word.isEmpty()) {
      throw new InputException(
          "source", "none", "the folder of a run, or of a student's SavedModel", "name it");
    }
    Path path = workspace.path(word);
    RunFiles run = new RunFiles(path);
    if (RegularFile.isThere(run.config()) && Folders.isThere(run.checkpoints())) {
      return ofRun(workspace, run, settings);
    }
    if (settings.hasAverage()) {
      throw InputException.ofValue(
          "average", settings.getAverage(), "the folder of a run, of which the average is taken");
    }
    if (settings.getApart()) {
      throw InputException.ofValue(
          "apart", word, "the folder of a run, which has the adapters that it trained");
    }
    StudentModel model = NamedModel.readStudent(path, Optional.empty());
    if (model instanceof DenoiserModel && model.info().getStudentSigma() <= 0) {
      throw new InputException(
          model.origin(),
          "no student: assets.extra/denoiser.pbtxt has no student_sigma",
          "a student, as ./fdistill train writes it",
          "distil the model first: ./fdistill train --set teacher=" + word);
    }
    Path version = Path.of(model.origin());
    Path folder = SavedModel.newestVersion(path).isPresent() ? path : modelFolder(path);
    String name = folder.toAbsolutePath().normalize().getFileName().toString();
    return new ExportedStudent(model, name, "as they are", RunFiles.recordOf(version));
  }

  /** The folder that a version lies in; of a SavedModel that is no version, itself. */
  private static Path modelFolder(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return SavedModel.isVersion(absolute) ? absolute.getParent() : absolute;
  }

  private static ExportedStudent ofRun(Workspace workspace, RunFiles run, ExportConfig settings)
      throws IOException {
    Optional<String> other = RunSettings.otherCommand(run, DistillConfig.getDescriptor());
    if (other.isPresent()) {
      throw new InputException(
          run.folder().toString(),
          "no student: a run of " + other.get(),
          "the folder of a run of train, or a student's SavedModel",
          "distil the model first, by ./fdistill train, or name the folder of the run that did");
    }
    DistillConfig config =
        Configs.read(run.config(), DistillConfig.getDefaultInstance(), List.of());
    int which = average(config, settings);
    if (settings.getApart() && config.getLora().getRank() == 0) {
      throw InputException.ofValue(
          "apart",
          settings.getSource(),
          "a run that trains adapters (lora.rank): this one trains all weights");
    }
    Checkpoint checkpoint =
        Checkpoints.toRead(run.checkpoints())
            .latest()
            .orElseThrow(
                () ->
                    new InputException(
                        run.folder().toString(),
                        "no checkpoint yet",
                        "a run that has saved its weights",
                        "let it go on until it has"));
    if (!settings.getUnfinished() && checkpoint.step() < config.getSteps()) {
      throw new InputException(
          run.folder().toString(),
          "the run has made " + checkpoint.step() + " of " + config.getSteps() + " steps",
          "a run that has finished: a server that watches savedmodels/ switches to what is"
              + " exported",
          "let it go on to its end, or export what it has come to with --unfinished");
    }
    StudentModel network = told(workspace, run, config, begunWith(workspace, run, config));
    String told =
        (which < 0 ? "the weights" : "average " + which) + " of step " + checkpoint.step();
    StudentModel student =
        StudentWeights.in(
                checkpoint.folder(), which, network, config.getLora(), settings.getApart())
            .distilled(StudentSteps.of(config))
            .from(workspace.relative(checkpoint.folder()));
    String form = settings.getApart() ? ", adapters apart" : "";
    return new ExportedStudent(student, config.getName(), told + form, run.record());
  }

  /**
   * The network as the run began with it. Of one whose weights are in no checkpoint, for adapters
   * were trained beside them, it is that version which the run notes, whatever others there are
   * now.
   *
   * @throws InputException when that version is there no longer
   */
  private static StudentModel begunWith(Workspace workspace, RunFiles run, DistillConfig config)
      throws IOException {
    StudentModel now = network(workspace, run.config(), config);
    if (config.getLora().getRank() == 0) {
      return now;
    }
    boolean own = !config.getStudent().isEmpty();
    RunPlan.Input then = noted(run, own ? RunPlan.Input.STUDENT : RunPlan.Input.TEACHER);
    if (is(workspace, now, then)) {
      return now;
    }
    if (Files.exists(workspace.path(then.path()))) {
      DistillConfig.Builder there = config.toBuilder();
      there = own ? there.setStudent(then.path()) : there.setTeacher(then.path());
      StudentModel noted = network(workspace, run.config(), there.build());
      if (is(workspace, noted, then)) {
        return noted;
      }
    }
    throw new InputException(
        run.inputs().toString(),
        workspace.relative(now.origin())
            + " is another "
            + then.role()
            + " than the run began with",
        then.path()
            + " with SHA-256 "
            + then.sha256()
            + ": adapters were trained beside its weights",
        "put that one back where it was");
  }

  private static RunPlan.Input noted(RunFiles run, String role) throws IOException {
    return SameRun.input(run.folder(), role)
        .orElseThrow(
            () ->
                new InputException(
                    run.inputs().toString(),
                    "no line for the " + role,
                    "which model the adapters were trained beside: role, SHA-256, path",
                    "put the file back as the run left it"));
  }

  private static boolean is(Workspace workspace, StudentModel model, RunPlan.Input then)
      throws IOException {
    return RunPlan.Input.model(workspace, then.role(), model).sha256().equals(then.sha256());
  }

  private static StudentModel network(Workspace workspace, Path file, DistillConfig config) {
    DenoiserModel teacher = DistillInputs.teacher(workspace, file, config);
    return config.getStudent().isEmpty()
        ? teacher
        : NamedModel.openStudent(
                workspace.path(config.getStudent()),
                config.getSeed(),
                DistillInputs.modelInfo(
                    config.hasStudentInfo(), config.getStudentInfo(), file, "student_info"))
            .withClasses(teacher.info().getClasses())
            .named(teacher.classNames().names());
  }

  /**
   * The network with the number of its classes and their names as the run had them, where neither
   * student nor teacher says: as the model has them that the run itself exported, or else the
   * images; those that are gone or cannot be read say it no more.
   *
   * @throws InputException when the run's note of that model is garbled
   */
  static StudentModel told(
      Workspace workspace, RunFiles run, DistillConfig config, StudentModel network)
      throws IOException {
    DenoiserInfo exported = ofExported(workspace, run);
    StudentModel known =
        exported.getClasses() > 0
            ? network.withClasses(exported.getClasses()).named(exported.getClassNameList())
            : network;
    boolean counted = known.info().getClasses() != DenoiserModel.UNKNOWN_CLASSES;
    boolean told = counted && (known.info().getClasses() == 0 || !known.classNames().isEmpty());
    if (told || config.getDataset().getPath().isEmpty()) {
      return known;
    }
    try {
      ImageSource images = Datasets.open(workspace, run.config(), config.getDataset(), Split.TRAIN);
      int classes = counted ? known.info().getClasses() : images.classes();
      ImageSource all = ClassOrder.of(images, known.classNames(), classes, known.origin());
      return known.withClasses(all.classes()).named(all.classNames());
    } catch (InputException e) {
      String what = counted ? "names" : "the number";
      LOG.warn("The student is exported without {} of its classes: {}", what, e.getMessage());
      return known;
    }
  }

  /** What the model says of itself that the run exported; nothing where it is not there. */
  private static DenoiserInfo ofExported(Workspace workspace, RunFiles run) throws IOException {
    return ExportNote.read(run.folder())
        .map(note -> ModelInfo.in(workspace.path(note.version())).info())
        .orElse(DenoiserInfo.getDefaultInstance());
  }

  private static int average(DistillConfig config, ExportConfig settings) {
    int count = Averages.of(config).size();
    if (!settings.hasAverage()) {
      return config.getExportAverage();
    }
    String flag = settings.getAverage();
    if (flag.equals("weights")) {
      return -1;
    }
    if (flag.matches("\\d{1,4}") && Integer.parseInt(flag) < count) {
      return Integer.parseInt(flag);
    }
    String needed =
        switch (count) {
          case 0 -> "'weights': the run keeps no averages (its export_average is -1)";
          case 1 -> "'weights', or 0, the one average that the run keeps";
          default -> "'weights', or a number from 0 to " + (count - 1);
        };
    throw InputException.ofValue("average", flag, needed);
  }

  /** Copies the run's record into a folder, where there is one. */
  public void copyRecord(Path folder) throws IOException {
    if (RegularFile.isThere(record)) {
      Files.copy(record, folder.resolve(RunFiles.RECORD));
    }
  }
}
