package io.github.fdistill.condition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.client.GrpcClient;
import io.github.fdistill.client.ModelClient;
import io.github.fdistill.client.RestClient;
import io.github.fdistill.client.Which;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.network.ConditionedNetwork;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.server.Limits;
import io.github.fdistill.server.LocalServer;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.StudentExport;
import io.github.fdistill.training.Distillation;
import io.github.fdistill.training.Models;
import io.github.fdistill.training.Pretraining;
import io.github.fdistill.training.Tiny;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/**
 * A network that is conditioned on a class and on a second tensor [N,3], through all that a model
 * goes through. What is trained, drawn, exported and asked knows nothing of that tensor.
 */
class SecondConditionTest {
  private static final int VALUES = ConditionedNetwork.SIDE * ConditionedNetwork.SIDE;
  private static final VectorImages IMAGES = new VectorImages(600);

  /** Two classes, and vectors that lie far apart. */
  private static final ConditionRows ROWS =
      ConditionRows.ofLabels(0, 2, 1, 1)
          .with(vectors(0.9f, -0.5f, 0.5f, -0.9f, 0.5f, -0.5f, 0, 0, 0.9f, 0, 0.9f, 0));

  @TempDir static Path folder;
  private static DenoiserModel teacher;
  private static DenoiserModel student;
  private static LocalServer server;

  private static ConditionRows vectors(float... values) {
    ConditionRows.Column column = new ConditionRows.Floats(Shape.of(3), values);
    return new ConditionRows(
        values.length / 3, java.util.Map.of(ConditionedNetwork.VECTOR, column));
  }

  @BeforeAll
  static void trainExportAndServe() throws IOException {
    teacher = pretrained();
    Path model = folder.resolve("student");
    student = distilled(model.resolve("1"));
    LocalServer.Address anyPort = new LocalServer.Address("127.0.0.1", 0, 0);
    Limits limits = new Limits(1 << 20, Duration.ofSeconds(60), 16);
    server = LocalServer.start(List.of(model), anyPort, limits, Hosting.APART);
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  private static DenoiserModel pretrained() throws IOException {
    PretrainConfig.Builder config = PretrainConfig.newBuilder().setBatchSize(64).setSteps(800);
    config.setLabelDropout(0.1);
    config
        .getNoiseBuilder()
        .setDistribution(NoiseConfig.Distribution.LOG_UNIFORM)
        .setSigmaMin(ConditionedNetwork.SIGMA_MIN)
        .setSigmaMax(ConditionedNetwork.SIGMA_MAX);
    config.getOptimiserBuilder().setLearningRate(4e-3);
    config.getAverageBuilder().setDecay(0.98);
    try (Pretraining training = new Pretraining(ConditionedNetwork.model(1), config.build())) {
      training
          .graph()
          .run(new Batches(IMAGES, 64, 1), Tiny.outputs(folder.resolve("p")), () -> false);
      Path version = folder.resolve("teacher").resolve("1");
      NamedModel.write(training.result(), version, written -> {});
      return DenoiserModel.read(version);
    }
  }

  private static DenoiserModel distilled(Path version) throws IOException {
    DistillConfig.Builder config = Tiny.config().setSteps(10).setBatchSize(32);
    config.setStudentSigma(ConditionedNetwork.SIGMA_MAX).setGuidance(1.2);
    config.getOptimiserBuilder().setLearningRate(1e-4);
    config.getDiscriminatorBuilder().setGanWeight(0);
    try (Distillation training = new Distillation(Models.of(teacher, teacher), config.build())) {
      training
          .graph()
          .run(new Batches(IMAGES, 32, 1), Tiny.outputs(folder.resolve("d")), () -> false);
      StudentModel result = training.result().asStudent(ConditionedNetwork.SIGMA_MAX);
      Expected expected = Expected.of(result, SampleGrid.of(result, IMAGES.examples()));
      StudentExport.write(result, version, expected, written -> {});
      return DenoiserModel.read(version);
    }
  }

  /** The mean distance of images to the only image that each row's condition has. */
  private static double error(float[] images, ConditionRows rows) {
    double sum = 0;
    float[] vectors =
        ((ConditionRows.Floats) rows.columns().get(ConditionedNetwork.VECTOR)).values();
    for (int i = 0; i < rows.count(); i++) {
      float[] vector = Arrays.copyOfRange(vectors, 3 * i, 3 * i + 3);
      float[] wanted = VectorImages.image(rows.labels().orElseThrow()[i], vector);
      for (int j = 0; j < VALUES; j++) {
        sum += Math.abs(images[i * VALUES + j] - wanted[j]) / (rows.count() * VALUES);
      }
    }
    return sum;
  }

  private static void assertAsTold(float[] images) {
    double error = error(images, ROWS);
    double exchanged = error(images, ROWS.rows(1, 0, 3, 2));
    assertTrue(error < 0.12, "an error of " + error);
    assertTrue(exchanged > 3 * error, error + ", and with others' conditions " + exchanged);
  }

  @Test
  void aTeacherDrawsWhatItIsTold() {
    try (Sampler sampler = Sampler.heun(teacher, 6, 1, Precision.FLOAT32)) {
      assertAsTold(sampler.draw(new long[] {1, 2, 3, 4}, ROWS));
    }
  }

  @Test
  void aStudentDrawsWhatItIsTold() {
    try (Sampler sampler = Sampler.ofStudent(student, Precision.FLOAT32)) {
      assertAsTold(sampler.draw(new long[] {1, 2, 3, 4}, ROWS));
    }
  }

  @Test
  void anExportSaysWhatItTakes() {
    DenoiserModel read = DenoiserModel.read(folder.resolve("student"));
    assertEquals(ConditionedNetwork.CONDITIONING, read.conditioning());
    assertTrue(read.conditioning().knowsNone());
    assertTrue(!new Conditioning(List.of(Conditioning.label(3))).isLike(read.conditioning()));
  }

  @Test
  void aServerIsAskedOverBothProtocols() throws Exception {
    Which which = new Which("student", Optional.empty(), Optional.empty());
    Duration patience = Duration.ofSeconds(60);
    try (ModelClient grpc = new GrpcClient("127.0.0.1", server.grpcPort(), which, patience);
        ModelClient rest =
            new RestClient("http://127.0.0.1:" + server.restPort(), which, patience)) {
      for (ModelClient client : List.of(grpc, rest)) {
        assertAsTold(values(client.png(new long[] {1, 2, 3, 4}, ROWS)));
      }
      ConditionRows classesAlone = ConditionRows.ofLabels(0, 2);
      assertThrows(ModelClient.ServerError.class, () -> grpc.png(new long[] {1, 2}, classesAlone));
    }
  }

  private static float[] values(List<byte[]> pngs) throws IOException {
    float[] values = new float[pngs.size() * VALUES];
    for (int i = 0; i < values.length; i++) {
      var picture = ImageIO.read(new ByteArrayInputStream(pngs.get(i / VALUES)));
      int pixel = i % VALUES;
      int side = ConditionedNetwork.SIDE;
      values[i] = picture.getRaster().getSample(pixel % side, pixel / side, 0) / 127.5f - 1;
    }
    return values;
  }

  @Test
  void thePageAsksForTheNumbers() throws Exception {
    assertTrue(page("models").contains("\"conditions\":[{\"name\":\"vector\",\"numbers\":3}]"));
    String zeros = page("images?model=student&class=1");
    String told = page("images?model=student&class=1&vector=0.9,0,0");
    assertTrue(zeros.contains("\"images\"") && told.contains("\"images\""), told);
    assertTrue(!images(zeros).equals(images(told)), "other numbers, other images");
    String wrong = page("images?model=student&class=1&vector=0.9,0");
    assertTrue(wrong.contains("2 numbers") && wrong.contains("3, commas between"), wrong);
  }

  private static String images(String answer) {
    return answer.replaceFirst(",\"milliseconds.*", "");
  }

  private static String page(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.restPort() + "/page/" + path);
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }
}
