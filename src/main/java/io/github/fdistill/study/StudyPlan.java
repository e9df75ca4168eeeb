package io.github.fdistill.study;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.config.StudyConfig;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.run.ConfigPaths;
import io.github.fdistill.run.DistillInputs;
import io.github.fdistill.run.RunPlan;
import io.github.fdistill.run.RunPrecision;
import io.github.fdistill.run.SameRun;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The runs of a study, and what they show when they are finished.
 *
 * @param file that the config was read from
 * @param folder of the study, with one for each run in it
 */
public record StudyPlan(Workspace workspace, Path file, StudyConfig config, Path folder) {
  /** Ratios are read early at steps / this, while student and teacher differ. */
  private static final int EARLY = 10;

  /**
   * Every run: each experiment with each divergence and seed, its inputs opened and noted.
   *
   * @throws InputException when settings or inputs are refused, or a run was begun with others
   */
  public List<StudyRun> runs() throws IOException {
    requireFolders();
    List<StudyRun> runs = new ArrayList<>();
    Path base = workspace.path(config.getDistill());
    for (StudyConfig.Experiment experiment : config.getExperimentList()) {
      for (Divergence divergence : config.getDivergenceList()) {
        for (long seed : config.getSeedList()) {
          runs.add(run(base, experiment, divergence, seed));
        }
      }
    }
    return runs;
  }

  /** Refuses names by which two runs would be in one folder. */
  private void requireFolders() {
    Set<String> names = new HashSet<>();
    for (StudyConfig.Experiment experiment : config.getExperimentList()) {
      for (Divergence divergence : config.getDivergenceList()) {
        String name = name(experiment, divergence, config.getSeed(0));
        if (!names.add(name.toLowerCase(Locale.ROOT))) {
          throw new InputException(
              "experiment.name: " + experiment.getName(),
              "two runs are " + name + ": of this experiment and of another",
              "runs of different names, EXPERIMENT-DIVERGENCE-SEED, each once",
              "give the experiment another name");
        }
      }
    }
  }

  private static String name(StudyConfig.Experiment experiment, Divergence divergence, long seed) {
    return String.format(
        Locale.ROOT,
        "%s-%s-%d",
        experiment.getName(),
        divergence.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        seed);
  }

  /** Refuses settings without effect: a run is its steps, in one stage, and is measured after. */
  private static void requireUsed(
      Path file, StudyConfig.Experiment experiment, DistillConfig settings) {
    Configs.check(
        settings.getStageCount() == 0,
        file,
        "stage",
        settings.getStageCount() + " stages",
        "none: a study's runs have one stage");
    String counted = "0: a study's runs have their steps";
    Configs.check(settings.getImages() == 0, file, "images", settings.getImages(), counted);
    Configs.check(settings.getMinutes() == 0, file, "minutes", settings.getMinutes(), counted);
    Configs.check(
        settings.getEvaluation().getEverySteps() == 0,
        file,
        "evaluation.every_steps",
        settings.getEvaluation().getEverySteps(),
        "0: a study measures its students by the truth");
    if (experiment.getRatios() && settings.getStudentSteps() > 1) {
      throw new InputException(
          "experiment.ratios of " + experiment.getName(),
          "true beside student_steps " + settings.getStudentSteps(),
          "false: the density of all the steps' samples is not known",
          "leave ratios out, or take student_steps 1");
    }
  }

  private static GaussianMixture mixture(Path base, Path teacher) {
    return NamedModel.mixture(teacher)
        .filter(m -> m.dimensions() == 2)
        .orElseThrow(
            () ->
                new InputException(
                    base + ": teacher",
                    teacher.toString(),
                    "the description of a mixture of two dimensions",
                    "name one, such as graphs/mixture/ring.pbtxt"));
  }

  /**
   * What a run is by its settings.
   *
   * @param mixture its teacher
   */
  private record Settled(DistillConfig config, GaussianMixture mixture) {}

  /** The settings of a run; a refusal of what the experiment sets names it there. */
  private Settled settings(Path base, StudyConfig.Experiment experiment, List<String> more) {
    List<String> overrides = new ArrayList<>(experiment.getSetList());
    overrides.addAll(more);
    int number = config.getExperimentList().indexOf(experiment);
    String place = file + ": experiment[" + number + "].set";
    DistillConfig none = DistillConfig.getDefaultInstance();
    DistillConfig read = Configs.readWith(base, none, overrides, place);
    try {
      DistillConfig settings = ConfigPaths.found(workspace, base, read);
      SettingChecks.check(base, settings);
      SettingChecks.warmUps(base, settings);
      requireUsed(base, experiment, settings);
      return new Settled(settings, mixture(base, workspace.path(settings.getTeacher())));
    } catch (InputException e) {
      String refused = field(e.where().replace(base + ": ", ""));
      boolean set = experiment.getSetList().stream().anyMatch(o -> field(o).equals(refused));
      throw set ? Configs.ofChange(e, base, place) : e;
    }
  }

  /** The setting of an override or a path; of one in a list the list. */
  private static String field(String override) {
    return override.split("\\s*[=\\[]", 2)[0].strip();
  }

  private StudyRun run(
      Path base, StudyConfig.Experiment experiment, Divergence divergence, long seed)
      throws IOException {
    String name = name(experiment, divergence, seed);
    Path runFolder = folder.resolve(name);
    List<String> own = List.of("divergence=" + divergence, "seed=" + seed, "name=" + name);
    Settled settled = settings(base, experiment, own);
    DistillConfig settings = RunPrecision.chosen(runFolder, settled.config());
    DistillInputs inputs = DistillInputs.open(workspace, base, settings);
    Files.createDirectories(runFolder);
    RunPlan plan =
        new RunPlan(
            "study",
            name,
            seed,
            settings.getSteps(),
            Map.of(RunFiles.CONFIG, settings),
            inputs.inputs());
    SameRun.require(runFolder, plan);
    StudyRun run =
        new StudyRun(
            experiment.getName(),
            settings,
            settled.mixture(),
            inputs.models(),
            inputs.images(),
            config.getSamples(),
            runFolder,
            experiment.getRatios()
                ? OptionalLong.of(Math.max(1, settings.getSteps() / EARLY))
                : OptionalLong.empty());
    run.requireEarlyReading(SameRun.requireStepsLeft(runFolder, plan));
    SameRun.note(runFolder, plan);
    return run;
  }

  /** What the runs, all of them finished, show of each experiment. */
  public List<StudyPage.Experiment> experiments(List<StudyRun> runs) throws IOException {
    List<StudyPage.Experiment> experiments = new ArrayList<>();
    for (StudyConfig.Experiment experiment : config.getExperimentList()) {
      List<FinishedRun> finished = new ArrayList<>();
      for (StudyRun run : runs) {
        if (run.experiment().equals(experiment.getName())) {
          finished.add(new FinishedRun(run.config(), run.mixture(), run.result().orElseThrow()));
        }
      }
      experiments.add(
          new StudyPage.Experiment(
              experiment.getName(), experiment.getTitle(), experiment.getText(), finished));
    }
    return experiments;
  }
}
