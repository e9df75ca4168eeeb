package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.Batches;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.StudentExport;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Path;
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
    RunPlan plan =
        new RunPlan(
            config.getName(),
            config.getSeed(),
            config.getSteps(),
            Map.of("config.pbtxt", config),
            inputs.inputs());
    try (RunSession run = RunSession.open(place, plan, line, words)) {
      Path version = run.exported().orElse(null);
      if (version == null) {
        run.begin();
        version = new Run(run, config, inputs.withSavedTeacher(run.path())).distil();
      }
      if (version != null) {
        String images = config.getDataset().getPath();
        place.out().print(closing(place, version, run.path().resolve(PICTURE), images));
      }
    }
  }

  /** A run that is not finished yet. */
  private record Run(RunSession session, DistillConfig config, DistillInputs inputs) {

    /** Where the student was exported to; null when the run was stopped before. */
    Path distil() throws IOException {
      try (Distillation training = new Distillation(inputs.models(), config)) {
        Batches batches = new Batches(inputs.images(), config.getBatchSize(), config.getSeed());
        TrainingLoop.Outputs outputs =
            session.outputs(
                config.getCheckpoint().getKeep(), (tf, step) -> drawStep(training, step));
        TrainingLoop.Outcome outcome = training.run(batches, outputs, session::stopped);
        session.end(outcome);
        return outcome.finished() ? finish(training, outcome.step()) : null;
      }
    }

    private void drawStep(Distillation training, long step) {
      String name = String.format(Locale.ROOT, "step-%08d.png", step);
      Samples.writePicture(
          session.path().resolve("pictures").resolve(name), grid(), List.of(draw(training)));
    }

    /** Draws the student beside its teacher, and exports it. */
    private Path finish(Distillation training, long step) throws IOException {
      SampleGrid grid = grid();
      Samples drawn = draw(training);
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
          step,
          version -> StudentExport.write(training.result(), version, expected, session::addRecord));
    }

    private Samples draw(Distillation training) {
      float[] values = training.draw(grid().seedOfEach(), grid().labelOfEach());
      return new Samples(values, teacher().image());
    }

    private SampleGrid grid() {
      return SampleGrid.of(teacher(), inputs.images().classes());
    }

    private DenoiserModel teacher() {
      return inputs.models().teacher();
    }
  }

  private static String closing(Place place, Path version, Path picture, String dataset) {
    Path model = version.getParent();
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
        "Next:     ./fdistill sample " + place.relative(model) + " --out samples.png",
        measured + "          ./fdistill report " + place.relative(picture.getParent()),
        "          tensorflow_model_server --rest_api_port=8501 --model_name="
            + model.getFileName()
            + " --model_base_path="
            + model.toAbsolutePath(),
        "");
  }
}
