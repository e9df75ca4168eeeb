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
import io.github.fdistill.evaluation.EvaluationResult;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.ClassifierJob;
import io.github.fdistill.run.DistillJob;
import io.github.fdistill.run.EvaluateJob;
import io.github.fdistill.run.ExportJob;
import io.github.fdistill.run.PretrainJob;
import io.github.fdistill.run.RunResult;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.sampling.Sampling;
import io.github.fdistill.server.LocalServer;
import io.github.fdistill.serving.ServingKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** All that fdistill does, as a library: on images and networks so small that it takes seconds. */
public final class Example {
  private Example() {}

  /**
   * Runs it.
   *
   * @param args the folder to work in
   */
  public static void main(String[] args) throws IOException {
    Workspace work = Workspace.at(Path.of(args[0]));
    Pictures.write(work.path("pictures"), 32, 8);
    DatasetConfig pictures = DatasetConfig.newBuilder().setPath("pictures").build();

    // A teacher, learnt from pictures. A network may be described as text, as in a file.
    NetworkConfig network =
        Configs.of(
            """
            image { height: 8 width: 8 channels: 1 }
            classes: 2
            unet { channels: 8 multiplier: [1, 2] }
            """,
            NetworkConfig.getDefaultInstance());
    PretrainConfig pretrain =
        PretrainConfig.newBuilder()
            .setName("teacher")
            .setDataset(pictures)
            .setSteps(20)
            .setBatchSize(8)
            .build();
    RunResult teacher = PretrainJob.run(work, pretrain, network);
    System.out.println("loss of the teacher: " + teacher.last().get("loss"));

    // Its student, which draws in one evaluation.
    DistillConfig distil =
        DistillConfig.newBuilder()
            .setName("student")
            .setTeacher("savedmodels/teacher")
            .setDataset(pictures)
            .setSteps(5)
            .setBatchSize(8)
            .build();
    RunResult student = DistillJob.run(work, distil);

    // Images of it: ten seeds of each class.
    StudentModel model = NamedModel.openDrawn(student.model().orElseThrow(), Optional.empty());
    SampleGrid grid = SampleGrid.of(model);
    Samples drawn = Samples.of(model, Sampling.usual(), grid);
    Samples.writePicture(work.path("drawn.png"), grid, List.of(drawn));

    // How close they come to the pictures, by the features of a classifier.
    FeaturesConfig features =
        FeaturesConfig.newBuilder()
            .setName("features")
            .setDataset(pictures)
            .setTestDataset(pictures)
            .setSteps(20)
            .setBatchSize(8)
            .setClassifier(
                ClassifierConfig.newBuilder()
                    .addLevel(ClassifierConfig.Level.newBuilder().setChannels(8))
                    .setFeatures(4))
            .build();
    ClassifierJob.run(work, features);
    EvaluateConfig evaluate =
        EvaluateConfig.newBuilder()
            .setImages("savedmodels/student")
            .setAgainst("pictures")
            .setFeatures("savedmodels/features")
            .setSamples(64)
            .build();
    EvaluationResult measured = EvaluateJob.run(work, evaluate);
    System.out.println("FID of the student: " + measured.measures().get("fid").mean());

    // A version for servers, served and asked.
    ExportConfig export =
        ExportConfig.newBuilder().setSource("runs/student").setName("served").build();
    ServingKit.Written version = ExportJob.run(work, export);
    System.out.println("exported: " + work.relative(version.version()));
    try (LocalServer server = LocalServer.start(List.of(work.path("savedmodels/served")));
        ModelClient client =
            new RestClient("http://127.0.0.1:" + server.restPort(), "served")) {
      List<byte[]> images = client.png(new long[] {1, 2}, ConditionRows.ofLabels(new int[] {0, 1}));
      Files.write(work.path("served.png"), images.get(0));
    }

    // What is refused is told by one exception, with the place, what was found and what helps.
    try {
      DistillJob.run(work, distil.toBuilder().setName("other").setBatchSize(0).build());
    } catch (InputException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }
}
