package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.training.Distillation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill train}: distils a teacher into a one-step student. */
final class TrainCommand implements Command {
  private static final String CONFIG = "graphs/fashion-mnist/distill.pbtxt";

  @Override
  public String name() {
    return "train";
  }

  @Override
  public String summary() {
    return "distils a teacher into a one-step student and writes the student's SavedModel";
  }

  @Override
  public Options options() {
    return Flags.ofRun(CONFIG);
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill train",
        "./fdistill train --set divergence=FORWARD_KL --set name=forward-kl",
        "./fdistill train --set steps=50 --set name=short");
  }

  @Override
  public void run(CommandLine line, List<String> words, Place place) throws IOException {
    Path file = Flags.config(line, CONFIG, place);
    DistillConfig config =
        Stage.withSteps(
            Configs.read(file, DistillConfig.getDefaultInstance(), Flags.overrides(line)));
    SettingChecks.check(file, config);
    DistillInputs inputs = DistillInputs.open(place, file, config);
    config = withBudget(place, file, config, inputs);
    List<Stage> stages = Stage.of(file, config);
    Progress.Options progress =
        Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
    try (StudentEvaluation evaluation = evaluation(place, file, config, inputs, progress);
        RunSession run =
            RunSession.open(place, plan(place, config, inputs, evaluation), line, words)) {
      Path version = run.exported().orElse(null);
      if (version == null) {
        run.begin();
        DistillInputs saved = inputs.withSavedTeacher(run.path());
        version = new DistillRun(run, config, stages, saved, evaluation).distil();
      }
      if (version != null) {
        place.out().print(closing(place, version, run.path(), config.getDataset().getPath()));
      }
    }
  }

  /** With as many steps as the budget allows, where there is one. */
  private static DistillConfig withBudget(
      Place place, Path file, DistillConfig config, DistillInputs inputs) {
    Budget budget = Budget.of(file, config.getImages(), config.getMinutes());
    if (!budget.isGiven()) {
      return config;
    }
    Configs.check(
        config.getStageCount() == 0,
        file,
        "stage",
        "a budget beside stages",
        "steps of each stage");
    Path begun = RunSession.folder(place, config.getName()).resolve("config.pbtxt");
    if (Files.exists(begun)) {
      DistillConfig saved = Configs.read(begun, DistillConfig.getDefaultInstance(), List.of());
      if (saved.getMinutes() == config.getMinutes() && saved.getImages() == config.getImages()) {
        return config.toBuilder().setSteps(saved.getSteps()).build();
      }
    }
    long images = (long) config.getBatchSize() * Distillation.batchesPerStep(config.getSchedule());
    long steps = budget.steps(images, () -> DistillRun.secondsPerStep(config, inputs));
    return config.toBuilder().setSteps(steps).build();
  }

  /** Null where none is asked for. */
  private static StudentEvaluation evaluation(
      Place place,
      Path file,
      DistillConfig config,
      DistillInputs inputs,
      Progress.Options progress) {
    return config.getEvaluation().getEverySteps() == 0
        ? null
        : StudentEvaluation.open(place, file, config, inputs.images(), progress);
  }

  private static RunPlan plan(
      Place place, DistillConfig config, DistillInputs inputs, StudentEvaluation evaluation) {
    List<RunPlan.Input> all = new ArrayList<>(inputs.inputs());
    if (evaluation != null) {
      all.add(evaluation.input(place));
    }
    return new RunPlan(
        config.getName(), config.getSeed(), config.getSteps(), Map.of("config.pbtxt", config), all);
  }

  private static String best(Place place, Path folder) {
    return new BestStudent(folder, written -> {})
        .measured()
        .map(
            m ->
                String.format(
                    Locale.ROOT,
                    "Best:     %s  (%s: FID %.3g of %,d samples)%n",
                    place.relative(folder),
                    m.getImages(),
                    m.getFid(),
                    m.getSamples()))
        .orElse("");
  }

  private static String closing(Place place, Path version, Path run, String dataset) {
    Path model = version.getParent();
    Path picture = run.resolve(DistillRun.PICTURE);
    String evaluate = "          ./fdistill evaluate " + place.relative(model);
    String measured = dataset.isEmpty() ? "" : evaluate + " --against " + dataset + "\n";
    return String.join(
        "\n",
        "Student:  " + place.relative(version) + "  (one evaluation an image)",
        "Picture:  "
            + place.relative(picture)
            + "  (left the student, right its teacher with Heun's method, "
            + DistillRun.TEACHER_STEPS
            + " steps)",
        best(place, run.resolve(BestStudent.FOLDER))
            + "Next:     ./fdistill sample "
            + place.relative(model)
            + " --out samples.png",
        measured + "          ./fdistill report " + place.relative(run),
        "          tensorflow_model_server --rest_api_port=8501 --model_name="
            + model.getFileName()
            + " --model_base_path="
            + model.toAbsolutePath(),
        "");
  }
}
