package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.PromptRows;
import io.github.fdistill.data.Split;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.MixtureSamples;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.training.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a distillation reads: opened, and checked against each other and the settings, before any
 * work starts.
 *
 * @param config with noise levels that the teacher knows
 * @param inputs what is read, for the run's record
 */
public record DistillInputs(
    Models models, ImageSource images, DistillConfig config, List<RunPlan.Input> inputs) {

  /**
   * @param file that the config was read from
   * @throws InputException when something is missing or does not fit
   */
  public static DistillInputs open(Workspace workspace, Path file, DistillConfig asked)
      throws IOException {
    return open(RunOrder.of(workspace, file), asked);
  }

  /** The same of a run: one that is repeated has the same teacher before anything is encoded. */
  static DistillInputs open(RunOrder order, DistillConfig asked) throws IOException {
    Workspace workspace = order.workspace();
    Path file = order.file();
    Brought.require(workspace, file, asked);
    List<RunPlan.Input> inputs = new ArrayList<>();
    Encoding encoding = Encoding.in(workspace, asked.getDataset(), order.quiet());
    if (PromptsAlone.are(asked.getDataset())) {
      DenoiserModel teacher = teacher(workspace, file, asked);
      RunPlan.Input learntFrom = requireAsked(order, asked, teacher);
      Beginning beginning = Beginning.open(order, asked, teacher);
      String path = asked.getDataset().getPath();
      PromptRows prompts = PromptRows.read(workspace.path(path), Samples.shown(teacher));
      inputs.add(RunPlan.Input.dataset(workspace, path, prompts));
      inputs.add(learntFrom);
      ImageSource told = encoding.told(teacher, prompts);
      return ofTold(workspace, told, beginning, inputs);
    }
    ImageSource images = images(workspace, file, asked);
    DenoiserModel teacher = teacher(workspace, file, asked);
    RunPlan.Input learntFrom = requireAsked(order, asked, teacher);
    Beginning beginning = Beginning.open(order, asked, teacher);
    beginning.requireClasses(images);
    if (asked.getEvaluation().getEverySteps() > 0) {
      RunEvaluation.require(order, asked.getEvaluation(), images);
    }
    ImageSource told = encoding.told(teacher, images, asked.getDataset().getSkipDamaged());
    String path = asked.getDataset().getPath();
    String where = path.isEmpty() ? asked.getTeacher() : path;
    inputs.add(
        Datasets.input(RunPlan.Input.DATASET, workspace, asked.getName(), where, images, told));
    inputs.add(learntFrom);
    return ofTold(workspace, told, beginning, inputs);
  }

  /** The teacher that the config names, called as it says. */
  public static DenoiserModel teacher(Workspace workspace, Path file, DistillConfig config) {
    return NamedModel.openTeacher(
        workspace.path(config.getTeacher()),
        modelInfo(config.hasTeacherInfo(), config.getTeacherInfo(), file, "teacher_info"));
  }

  /**
   * The same of a teacher and images that are there already.
   *
   * @param inputs gets what else is read
   * @throws InputException when something is missing or does not fit
   */
  public static DistillInputs of(
      Workspace workspace,
      Path file,
      DistillConfig asked,
      ImageSource pictures,
      DenoiserModel teacher,
      List<RunPlan.Input> inputs)
      throws IOException {
    requireAsked(file, asked, teacher);
    Beginning beginning = Beginning.open(RunOrder.of(workspace, file), asked, teacher);
    ImageSource told =
        Encoding.in(workspace, asked.getDataset(), true)
            .told(teacher, pictures, asked.getDataset().getSkipDamaged());
    return ofTold(workspace, told, beginning, inputs);
  }

  /** The teacher as an input of a run, which is refused for it before anything is encoded. */
  private static RunPlan.Input requireAsked(
      RunOrder order, DistillConfig asked, DenoiserModel teacher) throws IOException {
    requireAsked(order.file(), asked, teacher);
    RunPlan.Input input = RunPlan.Input.model(order.workspace(), RunPlan.Input.TEACHER, teacher);
    order.requireSame(List.of(input));
    return input;
  }

  /** Refuses what would have no effect, before images and texts are encoded. */
  private static void requireAsked(Path file, DistillConfig asked, DenoiserModel teacher) {
    Fits.requireTaken(
        file, "dataset", asked.getDataset(), teacher.origin(), teacher.conditioning());
    NegativePrompt.require(file, asked, teacher);
  }

  private static DistillInputs ofTold(
      Workspace workspace, ImageSource given, Beginning beginning, List<RunPlan.Input> inputs)
      throws IOException {
    DenoiserModel teacher = beginning.teacher();
    DistillConfig config = beginning.config();
    Fits.requireBatch(beginning.file(), config.getBatchSize(), given);
    Fits.requireFits("teacher", teacher, given);
    if (!PromptsAlone.are(config.getDataset())) {
      Fits.noteLatents(Samples.shown(teacher), given);
    }
    ImageSource images =
        ClassOrder.of(given, teacher.classNames(), beginning.classes(given), teacher.origin());
    beginning.requireFits(images);
    beginning.note(workspace, inputs);
    StudentModel generator =
        beginning
            .student()
            .withClasses(images.classes())
            .named(images.classNames())
            .distilled(StudentSteps.of(config));
    DenoiserModel teaching = NegativePrompt.away(config, teacher);
    Models models = new Models(teaching, generator, beginning.fakeScore());
    return new DistillInputs(models, images, config, inputs);
  }

  /** What a config says of a model, if it does. */
  static Optional<ModelInfo> modelInfo(boolean given, DenoiserInfo info, Path file, String field) {
    return given ? Optional.of(new ModelInfo(info, file + ": " + field)) : Optional.empty();
  }

  /** The images that a setting names, or those of a mixture. */
  public static ImageSource images(Workspace workspace, Path file, DistillConfig config) {
    String path = config.getDataset().getPath();
    Path teacher = workspace.path(config.getTeacher());
    Optional<GaussianMixture> mixture =
        path.isEmpty() ? NamedModel.mixture(teacher) : Optional.empty();
    Configs.check(
        !path.isEmpty() || mixture.isPresent(),
        file,
        "dataset.path",
        "nothing",
        "where the images are (only a mixture's description is its own dataset)");
    return mixture.isPresent()
        ? new MixtureSamples(mixture.get(), config.getSeed())
        : Datasets.open(workspace, file, config.getDataset(), Split.TRAIN);
  }

  /** The same with the teacher as a SavedModel, written into the run's folder if it is not one. */
  DistillInputs withSavedTeacher(RunFiles run) throws IOException {
    DenoiserModel teacher = NamedModel.asSavedModel(models.teacher(), run.teacher().resolve("1"));
    return new DistillInputs(
        new Models(teacher, models.student(), models.fakeScore()), images, config, inputs);
  }
}
