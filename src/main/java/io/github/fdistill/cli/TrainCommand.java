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
import io.github.fdistill.files.Sha256;
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
  public void run(CommandLine line, List<String> words) throws IOException {
    Path file = Flags.config(line, CONFIG);
    DistillConfig config =
        Configs.read(file, DistillConfig.getDefaultInstance(), Flags.overrides(line));
    SettingChecks.check(file, config);
    ImageSource images = IdxDataset.open(Path.of(config.getDataset().getPath()), Split.TRAIN);
    DenoiserModel teacher = DenoiserModel.read(Path.of(config.getTeacher()));
    Contract.requireFits("teacher", teacher, images);
    DenoiserModel student =
        config.getStudent().isEmpty() ? teacher : DenoiserModel.read(Path.of(config.getStudent()));
    Contract.requireAlike(teacher, student);
    DenoiserModel start = student.asStudent(config.getStudentSigma());

    try (RunSession run = RunSession.open(config.getName(), config, line, words)) {
      run.record()
          .put(
              "dataset",
              Map.of("path", config.getDataset().getPath(), "sha256", images.fingerprint()))
          .put(
              "teacher",
              Map.of(
                  "path", teacher.origin(), "sha256", Sha256.ofFolder(Path.of(teacher.origin()))));
      try (Distillation training = new Distillation(teacher, start, config)) {
        distil(run, training, teacher, images, config);
      }
    }
  }

  private static void distil(
      RunSession run,
      Distillation training,
      DenoiserModel teacher,
      ImageSource images,
      DistillConfig config)
      throws IOException {
    SampleGrid grid = SampleGrid.ofAll(images.classes());
    Batches batches = new Batches(images, config.getBatchSize(), config.getSeed());
    TrainingLoop.Outcome outcome =
        training.run(
            batches,
            run.outputs(
                config.getCheckpoint().getKeep(),
                (session, step) -> drawStep(run, training, grid, teacher, step)),
            run::stopped);
    run.record().put("steps", outcome.step()).put("images", outcome.images());
    run.record().put("last", outcome.last());
    if (outcome.finished()) {
      finish(run, training, teacher, grid);
    } else {
      System.out.printf(
          "Stopped at step %d of %d and saved. The same command goes on from there.%n",
          outcome.step(), config.getSteps());
    }
  }

  private static void drawStep(
      RunSession run, Distillation training, SampleGrid grid, DenoiserModel teacher, long step) {
    Images drawn = draw(training, grid, teacher);
    String name = String.format(Locale.ROOT, "step-%08d.png", step);
    ImageGrid.write(
        run.path().resolve("pictures").resolve(name), grid.seeds().length, List.of(drawn));
  }

  private static Images draw(Distillation training, SampleGrid grid, DenoiserModel teacher) {
    float[] values = training.draw(grid.seedOfEach(), grid.labelOfEach());
    return SampleGrid.images(values, teacher.image());
  }

  /** Exports the student and draws it beside its teacher. */
  private static void finish(
      RunSession run, Distillation training, DenoiserModel teacher, SampleGrid grid)
      throws IOException {
    Path version = run.exportedVersion().orElse(null);
    Path picture = run.path().resolve("student-and-teacher.png");
    if (version == null) {
      version = run.nextVersion();
      Images drawn = draw(training, grid, teacher);
      StudentExport.write(
          training.result(),
          version,
          new Expected(grid.seedOfEach(), grid.labelOfEach(), teacher.image(), drawn.values()));
      run.exported(version);
      try (Sampler sampler = Sampler.heun(teacher, TEACHER_STEPS, 1, Precision.FLOAT32)) {
        float[] reference = sampler.draw(grid.seedOfEach(), grid.labelOfEach());
        ImageGrid.write(
            picture,
            grid.seeds().length,
            List.of(drawn, SampleGrid.images(reference, teacher.image())));
      }
    }
    System.out.print(closing(version, picture));
  }

  private static String closing(Path version, Path picture) {
    Path model = version.getParent();
    return String.join(
        "\n",
        "Student:  " + version + "  (one evaluation an image)",
        "Picture:  " + picture + "  (left the student, right its teacher in 35 evaluations)",
        "Next:     ./fdistill sample " + model + " --out samples.png",
        "          tensorflow_model_server --rest_api_port=8501 --model_name="
            + model.getFileName()
            + " --model_base_path="
            + model.toAbsolutePath(),
        "");
  }
}
