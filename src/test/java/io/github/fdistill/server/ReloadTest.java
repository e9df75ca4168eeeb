package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Eventually;
import io.github.fdistill.InputException;
import io.github.fdistill.NativeHandles;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.wire.PredictLog;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.PredictionLog;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ReloadTest {
  @TempDir Path folder;

  /** Asks for the state of a version until it is this. */
  private static void await(Asked asked, long version, String state) throws Exception {
    BadVersionsTest.awaitStatus(asked, "tiny", version, "\"" + state + "\"");
  }

  private static void gives(byte[][] expected, PredictResponse response) {
    byte[] images = Asked.images(response);
    for (int i = 0; i < expected.length; i++) {
      byte[] image = new byte[TinyStudent.VALUES];
      System.arraycopy(images, i * image.length, image, 0, image.length);
      assertArrayEquals(expected[i], image);
    }
  }

  @Test
  void aNewVersionTakesOverABrokenOneDoesNotAndLabelsNameBoth() throws Exception {
    Path model = folder.resolve("tiny");
    TinyStudent.write(model.resolve("1"), 1);
    byte[][] first = TinyStudent.images(model.resolve("1"), 2);
    try (Asked asked = new Asked(model)) {
      gives(first, asked.predict(Asked.request("tiny", 0, 4)));

      // Of versions that are loaded from now on.
      Files.writeString(model.resolve("batching_parameters.pbtxt"), "max_batch_size { value: 3 }");
      TinyStudent.write(model.resolve("2"), 2);
      await(asked, 2, "AVAILABLE");
      await(asked, 1, "END");
      byte[][] second = TinyStudent.images(model.resolve("2"), 2);
      assertFalse(java.util.Arrays.equals(first[0], second[0]));
      gives(second, asked.predict(Asked.request("tiny", 0, 2)));
      PredictRequest four = Asked.request("tiny", 0, 4);
      String tooMany =
          assertThrows(StatusRuntimeException.class, () -> asked.predict(four)).getMessage();
      assertTrue(tooMany.contains("Task size 4 is larger than maximum input batch"), tooMany);
      assertEquals(404, asked.post("/v1/models/tiny/versions/1:predict", "{}").statusCode());
      String page = asked.get("/page/images?model=tiny").body();
      assertTrue(page.contains("\"version\":\"2\","), "the page is not told which version drew");

      Path broken = Files.createDirectories(model.resolve("3"));
      Files.writeString(broken.resolve("saved_model.pb"), "nonsense");
      await(asked, 3, "END");
      assertTrue(asked.get("/v1/models/tiny/versions/3").body().contains("UNKNOWN"));
      gives(second, asked.predict(Asked.request("tiny", 0, 2)));

      Files.writeString(
          model.resolve("models.config"),
          """
          model_config_list { config {
            name: "tiny" base_path: "/models/tiny" model_platform: "tensorflow"
            model_version_policy { specific { versions: 1 versions: 2 } }
            version_labels { key: "stable" value: 1 }
            version_labels { key: "canary" value: 2 }
          } }
          """);
      await(asked, 1, "AVAILABLE");
      gives(first, asked.predict(labelled("stable")));
      gives(second, asked.predict(labelled("canary")));
      gives(second, asked.predict(Asked.request("tiny", 0, 2)));

      // Labels wait for what they are to name, whatever becomes of it.
      Files.writeString(
          model.resolve("models.config"),
          """
          model_config_list { config {
            name: "tiny" base_path: "/models/tiny" model_platform: "tensorflow"
            model_version_policy { specific { versions: 2 versions: 3 } }
            version_labels { key: "stable" value: 3 }
            version_labels { key: "new" value: 3 }
          } }
          """);
      assertTrue(Eventually.within(60, () -> refused(asked, "new").endsWith("Specific(tiny, 3)")));
      gives(first, asked.predict(labelled("stable")));
      // With a mistake in the file, batches stay as they are, and the version comes all the same.
      Files.writeString(model.resolve("batching_parameters.pbtxt"), "max_batch_size { value: 0 }");
      Files.move(broken, folder.resolve("broken"));
      TinyStudent.write(folder.resolve("aside"), 2);
      Files.move(folder.resolve("aside"), broken);
      await(asked, 3, "AVAILABLE");
      await(asked, 1, "END");
      gives(second, asked.predict(labelled("stable")));
      assertThrows(StatusRuntimeException.class, () -> asked.predict(four));
    }
  }

  @Test
  void aVersionThatIsWrittenAnewUnderItsNumberIsLoadedAnew() throws Exception {
    Path model = folder.resolve("tiny");
    Path aside = folder.resolve("aside");
    TinyStudent.write(model.resolve("1"), 1);
    TinyStudent.write(aside, 2);
    byte[][] first = TinyStudent.images(model.resolve("1"), 2);
    byte[][] second = TinyStudent.images(aside, 2);
    // A copy may keep the times of its files, and here both have one size.
    sameTimes(model.resolve("1"), aside);
    try (Asked asked = new Asked(model)) {
      gives(first, asked.predict(Asked.request("tiny", 0, 2)));
      // So quickly that hardly ever a look at the folder falls between: then it is gone for a
      // while.
      Files.move(model.resolve("1"), folder.resolve("before"));
      Files.move(aside, model.resolve("1"));
      assertTrue(Eventually.within(120, () -> isServed(second[0], asked)), "the old one is served");
      gives(second, asked.predict(Asked.request("tiny", 0, 2)));
      assertTrue(asked.get("/v1/models/tiny/versions/1").body().contains("\"AVAILABLE\""));

      // One that cannot be loaded does not take the place of one that can.
      Files.writeString(model.resolve("1/saved_model.pb"), "nonsense");
      awaitFailure(asked);
      gives(second, asked.predict(Asked.request("tiny", 0, 2)));
    }
  }

  private static boolean isServed(byte[] expected, Asked asked) {
    try {
      return Arrays.equals(expected, Asked.images(asked.predict(Asked.request("tiny", 0, 1))));
    } catch (StatusRuntimeException e) {
      assertEquals(Status.Code.NOT_FOUND, e.getStatus().getCode(), "" + e);
      return false;
    }
  }

  /** Until it has been tried: also before it was whole, where a look fell between. */
  private static void awaitFailure(Asked asked) throws Exception {
    Pattern failed = Pattern.compile("load_failures\\{model_name=\"tiny\"} [1-9]");
    String path = "/monitoring/prometheus/metrics";
    Eventually.within(120, () -> failed.matcher(asked.get(path).body()).find());
    String metrics = asked.get(path).body();
    assertTrue(failed.matcher(metrics).find(), metrics);
  }

  private static void sameTimes(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path twin = to.resolve(from.relativize(file).toString());
        Files.setLastModifiedTime(twin, Files.getLastModifiedTime(file));
        assertTrue(Files.isDirectory(file) || Files.size(file) == Files.size(twin), "" + file);
      }
    }
  }

  private static String refused(Asked asked, String label) {
    PredictRequest request = labelled(label);
    return assertThrows(StatusRuntimeException.class, () -> asked.predict(request))
        .getStatus()
        .getDescription();
  }

  private static PredictRequest labelled(String label) {
    PredictRequest request = Asked.request("tiny", 0, 2);
    return request.toBuilder()
        .setModelSpec(request.getModelSpec().toBuilder().setVersionLabel(label))
        .build();
  }

  private static void warmUp(Path version, PredictRequest... requests) throws IOException {
    Path file = version.resolve("assets.extra/tf_serving_warmup_requests");
    Files.createDirectories(file.getParent());
    try (var out = Files.newOutputStream(file)) {
      for (PredictRequest request : requests) {
        PredictLog log = PredictLog.newBuilder().setRequest(request).build();
        out.write(TfRecord.of(PredictionLog.newBuilder().setPredictLog(log).build().toByteArray()));
      }
    }
  }

  @Test
  void warmUpRequestsAreReplayedBeforeTheVersionIsThere() throws Exception {
    Path model = folder.resolve("tiny");
    TinyStudent.write(model.resolve("1"), 1);
    warmUp(model.resolve("1"), Asked.request("tiny", 0, 1), Asked.request("tiny", 0, 8));
    try (Asked asked = new Asked(model)) {
      gives(TinyStudent.images(model.resolve("1"), 2), asked.predict(Asked.request("tiny", 0, 2)));
    }
    PredictRequest wrong = Asked.request("tiny", 0, 1).toBuilder().removeInputs("label").build();
    warmUp(model.resolve("1"), wrong);
    String message = assertThrows(InputException.class, () -> new Asked(model)).getMessage();
    assertTrue(message.contains("Missing but required: {label}"), message);
  }

  @Test
  void nothingIsLeftOpenAtTheEnd() throws Throwable {
    Path model = folder.resolve("tiny");
    TinyStudent.write(model.resolve("1"), 1);
    NativeHandles.assertNoneLeft(
        () -> {
          try (Asked asked = new Asked(model)) {
            asked.predict(Asked.request("tiny", 0, 3));
            asked.get("/page/images?model=tiny");
            asked.post("/v1/models/tiny:predict", "{\"instances\": [1]}");
            TinyStudent.write(model.resolve("2"), 2);
            await(asked, 2, "AVAILABLE");
            asked.predict(Asked.request("tiny", 0, 3));
          }
        });
  }

  @Test
  void foldersThatAreNoModelsAreRefused() throws IOException {
    refused(folder.resolve("nowhere"), "no such folder");
    refused(
        Files.createDirectories(folder.resolve("empty")), "no folder in it is named by a number");
    Path model = folder.resolve("tiny");
    TinyStudent.write(model.resolve("1"), 1);
    refused(model.resolve("1"), "name the folder above");
    String twice = assertThrows(InputException.class, () -> new Asked(model, model)).getMessage();
    assertTrue(twice.contains("a second model of the name 'tiny'"), twice);
    Path broken = Files.createDirectories(folder.resolve("broken/1")).getParent();
    refused(broken, "no version of it can be served");
    Limits hurried = new Limits(1 << 20, Duration.ofSeconds(20), 64, Duration.ofNanos(1));
    InputException late = assertThrows(InputException.class, () -> new Asked(hurried, model));
    assertTrue(
        late.getMessage().endsWith("remedy: serve it with a longer --load-timeout"), "" + late);
    String before =
        assertThrows(InputException.class, () -> new Asked(broken, folder.resolve("typo")))
            .getMessage();
    assertTrue(before.contains("typo: no such folder"), before);
    Files.writeString(
        model.resolve("models.config"), "model_config_list { config { name: \"x\" } }");
    refused(model, "no model of the name 'tiny' in it");
    Files.delete(model.resolve("models.config"));
    Files.createDirectory(model.resolve("models.config"));
    refused(model, "models.config: a folder");
    refused(model, "remedy: remove it, or put a file in its place");
    Files.delete(model.resolve("models.config"));
    Files.writeString(model.resolve("batching_parameters.pbtxt"), "max_batch_size { value: 0 }");
    refused(model, "max_batch_size: 0");
    for (String wrong : List.of("4, 16", "8, 8", "4", "0, 8")) {
      Files.writeString(
          model.resolve("batching_parameters.pbtxt"),
          "max_batch_size { value: 8 } allowed_batch_sizes: [" + wrong + "]");
      refused(
          model, "allowed_batch_sizes: " + wrong + "\n  needed: rising numbers above 0, of which");
    }
  }

  private static void refused(Path model, String part) {
    String message = assertThrows(InputException.class, () -> new Asked(model)).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void aPortThatIsTakenIsToldByNumber() throws IOException {
    Path model = folder.resolve("tiny");
    Files.createDirectories(model.resolve("1")); // Nothing to load: that would be told of later.
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = other.getLocalPort();
      String used = "port: " + port + ": another program listens on it";
      refused(List.of(model), port, 0, "--" + used);
      refused(List.of(model), 0, port, "--rest-" + used);
      try (ServerSocket both = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        refused(List.of(model), port, both.getLocalPort(), "and --rest-port: ");
      }
    }
    refused(List.of(model), 9, 9, "another port than gRPC's");
  }

  private static void refused(List<Path> models, int grpc, int rest, String part) {
    LocalServer.Address address = new LocalServer.Address("127.0.0.1", grpc, rest);
    String message =
        assertThrows(
                InputException.class,
                () -> LocalServer.start(models, address, Asked.LIMITS, Hosting.HERE))
            .getMessage();
    assertTrue(message.contains(part), message);
  }
}
