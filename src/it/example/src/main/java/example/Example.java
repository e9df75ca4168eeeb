package example;

import io.github.fdistill.InputException;
import io.github.fdistill.client.ModelClient;
import io.github.fdistill.client.RestClient;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.ClassifierConfig;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.EvaluateConfig;
import io.github.fdistill.config.ExportConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.ClassifierJob;
import io.github.fdistill.run.DistillJob;
import io.github.fdistill.run.EvaluateJob;
import io.github.fdistill.run.ExportJob;
import io.github.fdistill.run.PreparedRun;
import io.github.fdistill.run.PretrainJob;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunResult;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.server.LocalServer;
import io.github.fdistill.training.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** All that fdistill does, as a library: on images and networks so small that it takes seconds. */
public final class Example {
  private static final DatasetConfig PICTURES =
      DatasetConfig.newBuilder().setPath("pictures").build();

  private Example() {}

  /**
   * Runs it.
   *
   * @param args the folder to work in
   */
  public static void main(String[] args) throws IOException {
    Workspace work = Workspace.at(Path.of(args[0]));
    Pictures.write(work.path("pictures"), 32, 8);

    System.out.println("loss of the teacher: " + pretrain(work).last().get(Reading.LOSS));
    draw(work, distil(work));
    classifier(work);
    System.out.println("FID of the student: " + evaluate(work));
    serve(work);
    refused(work);
  }

  /** A teacher, which learns from pictures. */
  private static RunResult pretrain(Workspace work) throws IOException {
    NetworkConfig network =
        Configs.of(
            """
            image { height: 8 width: 8 channels: 1 }
            classes: 2
            unet { channels: 8 multiplier: [1, 2] }
            """,
            NetworkConfig.getDefaultInstance());
    PretrainConfig settings =
        PretrainConfig.newBuilder()
            .setName("teacher")
            .setDataset(PICTURES)
            .setSteps(20)
            .setBatchSize(8)
            .build();
    return PretrainJob.run(work, settings, network);
  }

  private static DistillConfig settings() {
    return DistillConfig.newBuilder()
        .setName("student")
        .setTeacher("savedmodels/teacher")
        .setDataset(PICTURES)
        .setSteps(5)
        .setBatchSize(8)
        .build();
  }

  /** Its student, which draws in one evaluation; any thread may ask the run to stop. */
  private static RunResult distil(Workspace work) throws IOException {
    AtomicBoolean asked = new AtomicBoolean(); // Set by whoever wants the run to stop.
    try (PreparedRun run = DistillJob.prepare(RunOrder.of(work).shown(true), settings())) {
      return run.run(asked::get);
    }
  }

  /** Images of the student: ten seeds of each class. */
  private static void draw(Workspace work, RunResult student) {
    StudentModel model = NamedModel.openToDraw(student.model().orElseThrow(), Optional.empty());
    SampleGrid grid = SampleGrid.of(model);
    Samples drawn = Samples.of(model, Sampling.usual(), grid);
    Samples.writePicture(work.path("drawn.png"), grid, List.of(drawn));
  }

  /** A classifier, whose features tell pictures apart. */
  private static void classifier(Workspace work) throws IOException {
    FeaturesConfig settings =
        FeaturesConfig.newBuilder()
            .setName("features")
            .setDataset(PICTURES)
            .setTestDataset(PICTURES)
            .setSteps(20)
            .setBatchSize(8)
            .setClassifier(
                ClassifierConfig.newBuilder()
                    .addLevel(ClassifierConfig.Level.newBuilder().setChannels(8))
                    .setFeatures(4))
            .build();
    ClassifierJob.run(work, settings);
  }

  /** How close the student's images come to the pictures. */
  private static double evaluate(Workspace work) throws IOException {
    EvaluateConfig settings =
        EvaluateConfig.newBuilder()
            .setImages("savedmodels/student")
            .setAgainst("pictures")
            .setFeatures("savedmodels/features")
            .setSamples(64)
            .build();
    return EvaluateJob.run(work, settings).measures().get("fid").mean();
  }

  /** A version for servers; served, and asked for two images. */
  private static void serve(Workspace work) throws IOException {
    ExportConfig settings =
        ExportConfig.newBuilder().setSource("runs/student").setName("served").build();
    ExportJob.run(work, settings);
    try (LocalServer server = LocalServer.start(List.of(work.path("savedmodels/served")));
        ModelClient client = new RestClient("http://127.0.0.1:" + server.restPort(), "served")) {
      List<byte[]> png = client.png(new long[] {1, 2}, ConditionRows.ofLabels(new int[] {0, 1}));
      Files.write(work.path("served.png"), png.get(0));
    }
  }

  /** What is refused is told by one exception: where, what was found, and what helps. */
  private static void refused(Workspace work) throws IOException {
    try {
      DistillJob.run(work, settings().toBuilder().setName("other").setBatchSize(0).build());
      throw new AssertionError("batches of no images were accepted");
    } catch (InputException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }
}
