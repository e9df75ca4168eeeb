package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.server.Limits;
import io.github.fdistill.server.LocalServer;
import io.github.fdistill.wire.BatchingParameters;
import io.github.fdistill.wire.ModelConfig;
import io.github.fdistill.wire.ModelServerConfig;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictionLog;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.DataType;

/** One small run, and its student exported in several ways. */
class ExportCommandTest {
  private static final String FOUR =
      "{\"inputs\": {\"seed\": [0, 1, 2, 3], \"label\": [0, 1, 2, 0]}}";

  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void train() throws IOException {
    place = Workplace.create(folder);
    place.pretrain().done();
    place.train().done();
  }

  private static ModelConfig config(String model) {
    return Configs.read(
            place.path("savedmodels/" + model + "/models.config"),
            ModelServerConfig.getDefaultInstance(),
            List.of())
        .getModelConfigList()
        .getConfig(0);
  }

  private static List<PredictRequest> warmUp(Path version) throws IOException {
    List<PredictRequest> requests = new ArrayList<>();
    Path file = version.resolve("assets.extra/tf_serving_warmup_requests");
    try (var in = new BufferedInputStream(Files.newInputStream(file))) {
      for (var record = TfRecord.read(in); record.isPresent(); record = TfRecord.read(in)) {
        requests.add(PredictionLog.parseFrom(record.get()).getPredictLog().getRequest());
      }
    }
    return requests;
  }

  /** What each path answers to four rows, served from the model's folder. */
  private static List<String> served(String model, String... paths) throws Exception {
    LocalServer.Address address = new LocalServer.Address("127.0.0.1", 0, 0);
    Limits limits = new Limits(1 << 20, Duration.ofSeconds(60), 8);
    List<String> answers = new ArrayList<>();
    try (LocalServer server =
        LocalServer.start(
            List.of(place.path("savedmodels/" + model)), address, limits, Hosting.HERE)) {
      for (String path : paths) {
        URI uri =
            URI.create(
                "http://127.0.0.1:"
                    + server.restPort()
                    + "/v1/models/"
                    + model
                    + path
                    + ":predict");
        HttpRequest request =
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(FOUR)).build();
        HttpResponse<String> response =
            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
        answers.add(response.body());
      }
    }
    return answers;
  }

  @Test
  void theKitIsWholeAndItsVersionsServeTheSameImages() throws Exception {
    String larger = "max_batch_size { value: 4096 } allowed_batch_sizes: 4096";
    place.write("savedmodels/student/batching_parameters.pbtxt", larger); // No version stays.
    String said = place.run("export", "savedmodels/student").done();
    assertTrue(said.contains("Version:  savedmodels/student/2"), said);
    assertTrue(said.contains("Restart:  TensorFlow Serving") && !said.contains("until"), said);
    assertTrue(said.contains("(a request may have 128 rows at most, not 4096 as before)"), said);
    Path version = place.path("savedmodels/student/2");
    BatchingParameters batching =
        Configs.read(
            place.path("savedmodels/student/batching_parameters.pbtxt"),
            BatchingParameters.getDefaultInstance(),
            List.of());
    List<Long> sizes = batching.getAllowedBatchSizesList();
    assertEquals(batching.getMaxBatchSize().getValue(), sizes.get(sizes.size() - 1));
    List<PredictRequest> warmUp = warmUp(version);
    assertEquals(4 * sizes.size(), warmUp.size());
    Set<String> signatures = new TreeSet<>();
    Set<Long> rows = new TreeSet<>();
    for (PredictRequest request : warmUp) {
      signatures.add(request.getModelSpec().getSignatureName());
      request
          .getInputsMap()
          .values()
          .forEach(t -> rows.add(t.getTensorShape().getDim(0).getSize()));
    }
    assertEquals(Set.of("serving_default", "png", "generate", "denoise"), signatures);
    assertEquals(new TreeSet<>(sizes), rows);
    assertEquals(
        Files.readString(place.path("savedmodels/student/1/assets.extra/record.json")),
        Files.readString(version.resolve("assets.extra/record.json")));
    String export = Files.readString(version.resolve("assets.extra/export.json"));
    assertTrue(export.contains("\"largest_difference_from_float32\""), export);
    String readme = place.read("savedmodels/student/README.md");
    assertTrue(readme.contains("/v1/models/student:predict"), readme);
    assertFalse(readme.contains("@"), readme);

    place.run("export", "savedmodels/student/1", "--label", "canary", "--constants").done();
    assertEquals(Map.of("stable", 2L, "canary", 3L), config("student").getVersionLabelsMap());
    assertEquals(
        List.of(2L, 3L), config("student").getModelVersionPolicy().getSpecific().getVersionsList());
    List<String> answers = served("student", "/labels/stable", "/labels/canary", "");
    assertEquals(answers.get(0), answers.get(1));
    assertEquals(answers.get(0), answers.get(2));
  }

  @Test
  void aCanaryDoesNotTakeTheStableVersionsPlace() throws Exception {
    String first = place.run("export", "savedmodels/student/1", "--name", "bird").done();
    assertFalse(first.contains("Restart"), first);
    place.write( // As TensorFlow Serving takes it, with a field that means nothing here.
        "savedmodels/bird/models.config",
        "model_config_list { config { name: \"bird\" logging_config {} } config { name: \"x\" } }");
    String larger = "max_batch_size { value: 4096 } enable_large_batch_splitting { value: true }";
    place.write("savedmodels/bird/batching_parameters.pbtxt", larger); // Of the stable one.
    String record = "savedmodels/bird/1/assets.extra/export.json";
    String slow = "[{\"rows\": 1, \"images_per_second\": 0.02}]"; // The stable one, 50 s for a row.
    place.write(record, "{\"program\": \"x\", \"images_per_second\": " + slow + "}");
    String both = place.run("export", "savedmodels/bird", "--label", "canary").done();
    String flags = "(?s).*serve savedmodels/bird --load-timeout 6\\d\\d --timeout 150\n.*";
    assertTrue(both.matches(flags), both);
    String cluster = place.read("savedmodels/bird/kubernetes.yaml");
    assertTrue(cluster.contains("--rest_api_timeout_in_ms=150000\n"), cluster);
    assertEquals(Map.of("stable", 1L, "canary", 2L), config("bird").getVersionLabelsMap());

    String sizes = place.read("savedmodels/bird/batching_parameters.pbtxt");
    assertTrue(sizes.matches("(?s)max_batch_size \\{\\s+value: 4096\\s.*: 4096\n"), sizes);
    place
        .run("export", "savedmodels/student/1", "--name", "bird", "--label", "canary", "--rows=8")
        .failed("stable takes batches of any number of rows", "just 8 rows", "--name");
    place.write( // Then one without a label stays too.
        "savedmodels/bird/models.config",
        "model_config_list { config { name: \"bird\" model_version_policy { all {} }"
            + " version_labels { key: \"stable\" value: 2 } } }");
    place
        .run("export", "savedmodels/student/1", "--name", "bird", "--rows=8")
        .failed("the version 1 takes batches of any number of rows", "just 8 rows", "--name");
    place.write("savedmodels/bird/1/saved_model.pb", "x"); // A damaged one is served by nobody.
    place
        .run("export", "savedmodels/student/1", "--name", "bird", "--rows=8")
        .failed("the version 2 takes batches of any number of rows", "--name");
    assertFalse(Files.exists(place.path("savedmodels/bird/3")));
    assertEquals(sizes, place.read("savedmodels/bird/batching_parameters.pbtxt"));
  }

  @Test
  void aRunsAveragesAreDifferentStudents() throws Exception {
    place.run("export", "runs/student", "--name", "averaged").done();
    place.run("export", "runs/student", "--average", "weights", "--name", "raw").done();
    assertTrue(
        place.read("savedmodels/raw/1/assets.extra/export.json").contains("the weights of step 2"));
    float[] averaged = values("savedmodels/averaged");
    assertArrayEquals(values("savedmodels/student/1"), averaged);
    assertFalse(Arrays.equals(averaged, values("savedmodels/raw")));
  }

  /** Adapters go with the weights that they were trained beside, whatever others come later. */
  @Test
  void adaptersAreAddedToTheTeacherOfThen() throws Exception {
    copy("savedmodels/teacher/1", "savedmodels/base/1");
    place.train("teacher=savedmodels/base", "name=adapted", "lora.rank=2").done();
    copy("savedmodels/student/1", "savedmodels/base/2"); // Of other weights.
    place.run("export", "runs/adapted", "--name", "merged").done();
    float[] merged = values("savedmodels/merged");
    assertArrayEquals(values("savedmodels/adapted/1"), merged);

    place.run("export", "runs/adapted", "--name", "apart", "--apart").done();
    float[] base = values("savedmodels/base/1");
    float[] apart = values("savedmodels/apart");
    assertArrayEquals(base, Arrays.copyOf(apart, base.length));
    assertTrue(apart.length > merged.length, apart.length + " and " + merged.length);
    requireNear(1, served("merged", "").get(0), served("apart", "").get(0));
    place
        .run("export", "savedmodels/apart", "--apart")
        .failed("--apart: 'savedmodels/apart'", "the folder of a run");

    Files.move(place.path("savedmodels/base/1"), place.path("savedmodels/elsewhere"));
    place
        .run("export", "runs/adapted", "--name", "merged")
        .failed(
            "runs/adapted/inputs: savedmodels/base/2 is another teacher",
            "savedmodels/base/1 with SHA-256 ");
    assertFalse(Files.exists(place.path("savedmodels/merged/2")));
  }

  private static void copy(String from, String to) throws IOException {
    Path source = place.path(from);
    try (var files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path target = place.path(to).resolve(source.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  private static float[] values(String model) {
    return WeightArrays.of(
        io.github.fdistill.network.DenoiserModel.read(place.path(model)).weights());
  }

  @Test
  void halfPrecisionAndFixedRowsDrawNearlyTheSame() throws Exception {
    String before = "max_batch_size { value: 8 } allowed_batch_sizes: [1, 2, 4, 8]";
    place.write("savedmodels/half/batching_parameters.pbtxt", before);
    String said =
        place
            .run("export", "savedmodels/student/1", "--bfloat16", "--rows", "8", "--name", "half")
            .done();
    assertTrue(said.contains("Restart:  TensorFlow Serving") && said.contains("until"), said);
    place.run("export", "savedmodels/student/1", "--name", "whole").done();
    requireNear(63, served("half", "").get(0), served("whole", "").get(0));
    assertTrue(inBfloat16("half"));
    assertFalse(inBfloat16("whole"));
  }

  private static boolean inBfloat16(String model) {
    return SavedModel.read(place.path("savedmodels/" + model))
        .metaGraph()
        .getGraphDef()
        .getNodeList()
        .stream()
        .filter(node -> node.getOp().equals("MatMul"))
        .anyMatch(node -> node.getAttrOrThrow("T").getType() == DataType.DT_BFLOAT16);
  }

  private static void requireNear(int most, String one, String other) {
    int[] a = numbers(one);
    int[] b = numbers(other);
    assertEquals(4 * Workplace.SIDE * Workplace.SIDE, a.length);
    assertEquals(a.length, b.length);
    for (int i = 0; i < a.length; i++) {
      assertTrue(Math.abs(a[i] - b[i]) <= most, a[i] + " and " + b[i]);
    }
  }

  private static int[] numbers(String json) {
    return Arrays.stream(json.replaceAll("[^0-9]+", " ").trim().split(" "))
        .mapToInt(Integer::parseInt)
        .toArray();
  }

  @Test
  void whatIsNoStudentIsRefused() throws IOException {
    place.run("export", "savedmodels/teacher").failed("no student: ", "distil the model first");
    place.run("export", "savedmodels/nowhere").failed("no such folder");
    place.run("export", "savedmodels/student", "--average", "1").failed("--average", "of a run");
    place
        .run("export", "runs/student", "--average", "7")
        .failed("--average", "'weights', or 0, the one average");
    String config =
        place
            .read("runs/student/config.pbtxt")
            .replaceAll("(?m)^average \\{[^}]*\\}", "")
            .replaceAll("export_average: \\d+", "export_average: -1");
    place.write("runs/no-average/config.pbtxt", config);
    Files.createDirectories(place.path("runs/no-average/checkpoints"));
    place
        .run("export", "runs/no-average", "--average", "0")
        .failed("--average", "'weights': the run keeps no averages");
    place.run("export", "savedmodels/student", "--label", "1").failed("--label");
    place.run("export", "savedmodels/student", "--name", "../x").failed("--name");
    place.run("export").misused("one RUN_OR_MODEL is needed");
    place.run("serve").misused("at least one MODEL");
    place
        .run("serve", "savedmodels/nowhere", "--port", "0", "--rest-port", "0")
        .failed("no such folder", "in savedmodels there are [");
    place
        .run("serve", "student", "--port", "0", "--rest-port", "0")
        .failed("name it with the folder", ": savedmodels/student");
    place.run("serve", "savedmodels/student", "--port", "70000").failed("--port");
    place
        .run("serve", "savedmodels/student", "--host", "nowhere.invalid")
        .failed("--host: 'nowhere.invalid'", "an address of this machine");
    place
        .run("serve", "savedmodels/student", "--host", "192.0.2.1") // Nobody's. RFC 5737.
        .failed("--host: '192.0.2.1'", "an address of this machine");
    place
        .run("serve", "savedmodels/student", "--port", "9", "--rest-port", "9")
        .failed("--rest-port");
    place
        .run("serve", "savedmodels/student", "--allow-origin", "localhost:3000")
        .failed("--allow-origin: 'localhost:3000'");
  }
}
