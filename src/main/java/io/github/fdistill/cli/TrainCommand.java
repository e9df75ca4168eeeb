package io.github.fdistill.cli;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.IdxDataset;
import io.github.fdistill.data.ImageGrid;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import io.github.fdistill.data.Split;
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
    String dataset = config.getDataset().getPath();
    ImageSource images = IdxDataset.open(place.path(dataset), Split.TRAIN);
    Contract.requireBatch(file, config.getBatchSize(), images);
    DenoiserModel teacher = DenoiserModel.read(place.path(config.getTeacher()));
    Contract.requireFits("teacher", teacher, images);
    Distillation.requireGuidable(teacher, config.getGuidance());
    Contract.requireKnownNoise(file, config, teacher);
    List<RunPlan.Input> inputs = new ArrayList<>();
    inputs.add(RunPlan.Input.dataset(place, dataset, images));
    inputs.add(RunPlan.Input.model(place, "teacher", teacher));
    DenoiserModel first = teacher;
    if (!config.getStudent().isEmpty()) {
      first = DenoiserModel.read(place.path(config.getStudent()));
      Contract.requireFits("student", first, images);
      Contract.requireAlike(teacher, first);
      inputs.add(RunPlan.Input.model(place, "student", first));
    }
    RunPlan plan =
        new RunPlan(
            config.getName(),
            config.getSeed(),
            config.getSteps(),
            Map.of("config.pbtxt", config),
            inputs);
    DenoiserModel student = first.withClasses(images.classes()).asStudent(config.getStudentSigma());
    try (RunSession run = RunSession.open(place, plan, line, words)) {
      Path version = run.exported().orElse(null);
      if (version == null) {
        run.begin();
        version = new Run(run, config, teacher, images).distil(student);
      }
      if (version != null) {
        place.out().print(closing(place, version, run.path().resolve(PICTURE)));
      }
    }
  }

  /** A run that is not finished yet. */
  private record Run(
      RunSession session, DistillConfig config, DenoiserModel teacher, ImageSource images) {

    /** Where the student was exported to; null when the run was stopped before. */
    Path distil(DenoiserModel student) throws IOException {
      try (Distillation training = new Distillation(teacher, student, config)) {
        Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
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
      ImageGrid.write(
          session.path().resolve("pictures").resolve(name),
          grid().columns(),
          List.of(draw(training)));
    }

    /** Draws the student beside its teacher, and exports it. */
    private Path finish(Distillation training, long step) throws IOException {
      SampleGrid grid = grid();
      Images drawn = draw(training);
      double guidance = config.getGuidance();
      try (Sampler sampler = Sampler.heun(teacher, TEACHER_STEPS, guidance, Precision.FLOAT32)) {
        float[] reference = sampler.draw(grid.seedOfEach(), grid.labelOfEach());
        ImageGrid.write(
            session.path().resolve(PICTURE),
            grid.columns(),
            List.of(drawn, SampleGrid.images(reference, teacher.image())));
      }
      Expected expected =
          new Expected(grid.seedOfEach(), grid.labelOfEach(), teacher.image(), drawn.values());
      return session.export(
          step,
          version -> StudentExport.write(training.result(), version, expected, session::addRecord));
    }

    private Images draw(Distillation training) {
      float[] values = training.draw(grid().seedOfEach(), grid().labelOfEach());
      return SampleGrid.images(values, teacher.image());
    }

    private SampleGrid grid() {
      return SampleGrid.of(teacher, images.classes());
    }
  }

  private static String closing(Place place, Path version, Path picture) {
    Path model = version.getParent();
    return String.join(
        "\n",
        "Student:  " + place.relative(version) + "  (one evaluation an image)",
        "Picture:  "
            + place.relative(picture)
            + "  (left the student, right its teacher with Heun's method, "
            + TEACHER_STEPS
            + " steps)",
        "Next:     ./fdistill sample " + place.relative(model) + " --out samples.png",
        "          tensorflow_model_server --rest_api_port=8501 --model_name="
            + model.getFileName()
            + " --model_base_path="
            + model.toAbsolutePath(),
        "");
  }
}
