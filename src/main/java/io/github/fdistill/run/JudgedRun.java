package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.training.DistillationChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What the sentences of {@link StudentJudgement} take from the run itself.
 *
 * @param folder as it stands in commands
 * @param settings the file of its settings, as it stands in commands
 * @param config its settings
 * @param ended whether the model of its last step is exported
 * @param divisible tells whether its student may have two steps where it has one; it may read the
 *     student, so it is asked where that is advised and nowhere else
 * @param guidable tells whether its teacher may have guidance where it has none; it may read the
 *     teacher
 * @param measurable whether {@code report --measure} measures it without more being said
 * @param lacking what makes features, where nothing but these keeps it from being measured
 * @param features that fit its images, where its settings name none
 * @param chosenBy SHA-256 of the features that it was measured by on the way; empty where it was
 *     not, or does not tell
 */
record JudgedRun(
    String folder,
    String settings,
    DistillConfig config,
    boolean ended,
    BooleanSupplier divisible,
    BooleanSupplier guidable,
    boolean measurable,
    Optional<String> lacking,
    String features,
    String chosenBy) {
  /** Any that is guidance: 1 is none. */
  private static final double GUIDED = 2;

  /** Those that are still to be made, as {@link ImageSets#ownFeatures} calls them. */
  private static final String OWN = "savedmodels/FEATURES";

  /** Of a run's folder and its settings. */
  static JudgedRun of(Workspace workspace, Path run, DistillConfig config, boolean measurable) {
    String dataset = config.getDataset().getPath();
    Optional<String> lacking =
        Optional.of(dataset)
            .filter(d -> !measurable && RunMeasurement.isPossible(workspace, run, false))
            .map(ImageSets::ownFeatures);
    Optional<String> fitting =
        measurable ? new FeaturesOnDisk(workspace).ofDataset(dataset) : lacking.map(made -> OWN);
    return new JudgedRun(
        ShellWord.quoted(workspace.relative(run)),
        ShellWord.quoted(workspace.relative(new RunFiles(run).config())),
        config,
        hasEnded(run, config),
        () -> mayHaveTwoSteps(run, config) && isDenoiser(workspace, run, config),
        () -> mayBeGuided(workspace, run, config),
        measurable,
        lacking,
        fitting.orElse(FeaturesOnDisk.USUAL),
        chosenBy(run));
  }

  private static String chosenBy(Path run) {
    try {
      return SameRun.input(run, RunPlan.Input.FEATURES).map(RunPlan.Input::sha256).orElse("");
    } catch (InputException | IOException e) {
      return ""; // The run says so when it goes on.
    }
  }

  private static boolean hasEnded(Path run, DistillConfig config) {
    try {
      return ExportNote.read(run).filter(note -> note.step() >= config.getSteps()).isPresent();
    } catch (InputException | IOException e) {
      return false; // The run says so when it goes on.
    }
  }

  /** Whether a part of a batch of each worker has as many images for each of two steps. */
  private static boolean mayHaveTwoSteps(Path run, DistillConfig c) {
    double workers = RecordFile.read(new RunFiles(run).record()).number("workers").orElse(1.0);
    int together = DistillationChecks.rowsTogether(c.toBuilder().setStudentSteps(2).build());
    return c.getStudentSteps() == 1
        && c.getRatio().getSource() == RatioConfig.Source.DISCRIMINATOR
        && c.getBatchSize() % (workers * together * c.getAccumulationSteps()) == 0;
  }

  /** Whether the teacher knows what no condition is, and drew without guidance. */
  private static boolean mayBeGuided(Workspace workspace, Path run, DistillConfig c) {
    RunFiles files = new RunFiles(run);
    try {
      Optional<RunPlan.Input> teacher = SameRun.input(run, RunPlan.Input.TEACHER);
      if (Stage.last(c).getGuidance() != 1
          || !Files.exists(files.measures()) // Beside its teacher nothing is put.
          || teacher.isEmpty()) {
        return false;
      }
      Optional<ModelInfo> said = ModelInfo.ofTeacher(files.config());
      DistillationChecks.requireGuidable(
          NamedModel.openTeacher(workspace.path(teacher.get().path()), said), GUIDED);
      return true;
    } catch (InputException | IOException e) {
      return false; // What is refused is not advised.
    }
  }

  /** A generator makes its images in one step. */
  private static boolean isDenoiser(Workspace workspace, Path run, DistillConfig c) {
    if (c.getStudent().isEmpty() || NamedModel.described(Path.of(c.getStudent()))) {
      return true;
    }
    try {
      return ExportNote.read(run)
          .map(note -> NamedModel.readStudent(workspace.path(note.version()), Optional.empty()))
          .filter(DenoiserModel.class::isInstance)
          .isPresent();
    } catch (InputException | IOException e) {
      return false; // What cannot be read is advised nothing.
    }
  }
}
