package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.Batches;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.StudentExport;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
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
  private static final String PICTURE = "student-and-teacher.png";
  private static final int TEACHER_STEPS = 18;

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
        Configs.read(file, DistillConfig.getDefaultInstance(), Flags.overrides(line));
    SettingChecks.check(file, config);
    DistillInputs inputs = DistillInputs.open(place, file, config);
    Progress.Options progress =
        Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
    try (StudentEvaluation evaluation = evaluation(place, file, config, inputs, progress);
        RunSession run =
            RunSession.open(place, plan(place, config, inputs, evaluation), line, words)) {
      Path version = run.exported().orElse(null);
      if (version == null) {
        run.begin();
        version = new Run(run, config, inputs.withSavedTeacher(run.path()), evaluation).distil();
      }
      if (version != null) {
        place.out().print(closing(place, version, run.path(), config.getDataset().getPath()));
      }
    }
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

  /**
   * A run that is not finished yet.
   *
   * @param evaluation null: none
   */
  private record Run(
      RunSession session,
      DistillConfig config,
      DistillInputs inputs,
      StudentEvaluation evaluation) {

    /** Where the student was exported to; null when the run was stopped before. */
    Path distil() throws IOException {
      try (Distillation training = new Distillation(inputs.models(), config)) {
        Batches batches = new Batches(inputs.images(), config.getBatchSize(), config.getSeed());
        TrainingLoop.Outputs outputs = session.outputs(config.getCheckpoint(), looks(training));
        TrainingLoop.Outcome outcome = training.run(batches, outputs, session::stopped);
        session.end(outcome);
        return outcome.finished() ? finish(training.result(), outcome.step()) : null;
      }
    }

    private List<TrainingLoop.Look> looks(Distillation training) {
      BestStudent best =
          new BestStudent(session.path().resolve(BestStudent.FOLDER), session::addRecord);
      return List.of(
          new TrainingLoop.Look(
              config.getPictureEverySteps(), (step, log) -> drawStep(training.result(), step)),
          new TrainingLoop.Look(
              config.getEvaluation().getEverySteps(),
              (step, log) -> evaluation.measure(training, step, best)));
    }

    private Map<String, Double> drawStep(DenoiserModel student, long step) {
      String name = String.format(Locale.ROOT, "step-%08d.png", step);
      Path file = session.path().resolve("pictures").resolve(name);
      Samples.writePicture(file, grid(), List.of(Samples.ofStudent(student, grid())));
      return Map.of();
    }

    /** Draws the student beside its teacher, and exports it. */
    private Path finish(DenoiserModel student, long step) throws IOException {
      SampleGrid grid = grid();
      Samples drawn = Samples.ofStudent(student, grid);
      double guidance = config.getGuidance();
      try (Sampler sampler = Sampler.heun(teacher(), TEACHER_STEPS, guidance, Precision.FLOAT32)) {
        float[] reference = sampler.draw(grid.seedOfEach(), grid.labelOfEach());
        Samples.writePicture(
            session.path().resolve(PICTURE),
            grid,
            List.of(drawn, new Samples(reference, teacher().image())));
      }
      Expected expected =
          new Expected(grid.seedOfEach(), grid.labelOfEach(), teacher().image(), drawn.values());
      return session.export(
          step, version -> StudentExport.write(student, version, expected, session::addRecord));
    }

    private SampleGrid grid() {
      return SampleGrid.of(teacher(), inputs.images().classes());
    }

    private DenoiserModel teacher() {
      return inputs.models().teacher();
    }
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
    Path picture = run.resolve(PICTURE);
    String evaluate = "          ./fdistill evaluate " + place.relative(model);
    String measured = dataset.isEmpty() ? "" : evaluate + " --against " + dataset + "\n";
    return String.join(
        "\n",
        "Student:  " + place.relative(version) + "  (one evaluation an image)",
        "Picture:  "
            + place.relative(picture)
            + "  (left the student, right its teacher with Heun's method, "
            + TEACHER_STEPS
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
