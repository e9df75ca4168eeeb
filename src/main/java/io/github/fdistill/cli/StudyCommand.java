package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.StudyConfig;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.journal.StopSignal;
import io.github.fdistill.report.Page;
import io.github.fdistill.study.FinishedRun;
import io.github.fdistill.study.Study;
import io.github.fdistill.study.StudyPage;
import io.github.fdistill.study.StudyRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/**
 * {@code fdistill study}: every divergence on teachers known in closed form, and what they show.
 */
final class StudyCommand implements Command {
  private static final String CONFIG = "graphs/mixture/study.pbtxt";
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Ratios are read early at steps / this, while student and teacher differ. */
  private static final int EARLY = 10;

  @Override
  public String name() {
    return "study";
  }

  @Override
  public String summary() {
    return "tries every divergence on mixtures of Gaussians, where the truth is known";
  }

  @Override
  public Options options() {
    return Flags.ofRun(CONFIG)
        .addOption(
            Flags.valued(
                "page",
                "FOLDER",
                "where the page goes, as HTML and as Markdown\n(default: the study's folder in"
                    + " runs/)"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill study",
        "./fdistill study --set seed=1 --set divergence=REVERSE_KL,FORWARD_KL --set name=quick");
  }

  @Override
  public void run(CommandLine line, List<String> words, Place place) throws IOException {
    Path file = Flags.config(line, CONFIG, place);
    StudyConfig config =
        Configs.read(file, StudyConfig.getDefaultInstance(), Flags.overrides(line));
    SettingChecks.check(file, config);
    Path folder = place.path("runs").resolve(config.getName());
    Path page = line.hasOption("page") ? place.path(line.getOptionValue("page")) : folder;
    Folders.requireWritable(page);
    try (RunFolder lock = RunFolder.open(folder);
        StopSignal stop = StopSignal.install(PATIENCE)) {
      List<StudyRun> runs = runs(place, config, folder);
      Progress.Options progress =
          Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
      boolean finished =
          Study.run(runs, config.getSamples(), config.getWorkers(), progress, stop::requested);
      String command = "./fdistill " + String.join(" ", words);
      if (!finished) {
        place.out().println("Stopped.\nGo on:    " + command);
        return;
      }
      Page result = StudyPage.of(command, experiments(config, runs));
      result.writeMarkdown(page.resolve("README.md"));
      result.writeHtml(page.resolve("index.html"));
      place.out().println("Page:     " + place.relative(page.resolve("index.html")));
    }
  }

  private static List<StudyRun> runs(Place place, StudyConfig config, Path folder)
      throws IOException {
    List<StudyRun> runs = new ArrayList<>();
    Path base = place.path(config.getDistill());
    for (StudyConfig.Experiment experiment : config.getExperimentList()) {
      for (Divergence divergence : config.getDivergenceList()) {
        for (long seed : config.getSeedList()) {
          runs.add(run(place, base, folder, experiment, divergence, seed));
        }
      }
    }
    return runs;
  }

  private static StudyRun run(
      Place place,
      Path base,
      Path folder,
      StudyConfig.Experiment experiment,
      Divergence divergence,
      long seed)
      throws IOException {
    String name =
        String.format(
            Locale.ROOT,
            "%s-%s-%d",
            experiment.getName(),
            divergence.name().toLowerCase(Locale.ROOT).replace('_', '-'),
            seed);
    List<String> settings = new ArrayList<>(experiment.getSetList());
    settings.add("divergence=" + divergence);
    settings.add("seed=" + seed);
    settings.add("name=" + name);
    DistillConfig read = Configs.read(base, DistillConfig.getDefaultInstance(), settings);
    DistillConfig config =
        read.toBuilder().setPictureEverySteps(Math.max(1, read.getSteps() / EARLY)).build();
    SettingChecks.check(base, config);
    GaussianMixture mixture =
        NamedModel.mixture(place.path(config.getTeacher()))
            .filter(m -> m.dimensions() == 2)
            .orElseThrow(
                () ->
                    new InputException(
                        base + ": teacher",
                        config.getTeacher(),
                        "the description of a mixture of two dimensions",
                        "name one, such as graphs/mixture/ring.pbtxt"));
    DistillInputs inputs = DistillInputs.open(place, base, config);
    Path runFolder = Files.createDirectories(folder.resolve(name));
    RunPlan plan =
        new RunPlan(
            "study",
            name,
            seed,
            config.getSteps(),
            Map.of("config.pbtxt", config),
            inputs.inputs());
    SameRun.require(runFolder, plan);
    SameRun.requireStepsLeft(runFolder, plan);
    SameRun.note(runFolder, plan);
    return new StudyRun(
        experiment.getName(),
        config,
        mixture,
        inputs.models(),
        inputs.images(),
        runFolder,
        experiment.getRatios());
  }

  private static List<StudyPage.Experiment> experiments(StudyConfig config, List<StudyRun> runs)
      throws IOException {
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
