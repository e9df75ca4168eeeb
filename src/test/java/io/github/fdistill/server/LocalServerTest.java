package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.wire.GetModelMetadataRequest;
import io.github.fdistill.wire.GetModelMetadataResponse;
import io.github.fdistill.wire.GetModelStatusRequest;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.ModelVersionStatus;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.ServingApi;
import io.github.fdistill.wire.SignatureDefMap;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/** Both protocols over one small student. */
class LocalServerTest {
  private static final int COUNT = 6;

  @TempDir static Path folder;
  private static Asked asked;
  private static byte[][] expected;

  @BeforeAll
  static void serve() throws IOException {
    Path model = folder.resolve("tiny");
    TinyStudent.write(model.resolve("3"), 1);
    expected = TinyStudent.images(model.resolve("3"), COUNT);
    asked = new Asked(model);
  }

  @AfterAll
  static void end() {
    asked.close();
  }

  private static byte[] joined() {
    byte[] all = new byte[COUNT * TinyStudent.VALUES];
    for (int i = 0; i < COUNT; i++) {
      System.arraycopy(expected[i], 0, all, i * TinyStudent.VALUES, TinyStudent.VALUES);
    }
    return all;
  }

  @Test
  void grpcGivesTheSessionsImages() {
    PredictResponse response = asked.predict(Asked.request("tiny", 0, COUNT));
    assertArrayEquals(joined(), Asked.images(response));
    assertEquals(3, response.getModelSpec().getVersion().getValue());
    assertEquals("serving_default", response.getModelSpec().getSignatureName());
    assertEquals(Set.of("image"), response.getOutputsMap().keySet());
  }

  @Test
  void restGivesThemByRowsAndByColumns() throws Exception {
    String columns = "{\"inputs\": {\"seed\": [0,1,2,3,4,5], \"label\": [0,1,2,0,1,2]}}";
    assertArrayEquals(joined(), pixels(ok(predict(columns)).get("outputs")));
    StringBuilder rows = new StringBuilder("{\"instances\": [");
    for (int i = 0; i < COUNT; i++) {
      rows.append(i == 0 ? "" : ",").append("{\"label\": " + i % 3 + ", \"seed\": " + i + "}");
    }
    assertArrayEquals(joined(), pixels(ok(predict(rows + "]}")).get("predictions")));
  }

  @Test
  void pngsComeInBase64() throws Exception {
    JsonObject answer =
        ok(predict("{\"signature_name\": \"png\", \"inputs\": {\"seed\": [1], \"label\": [1]}}"));
    String png = answer.getAsJsonArray("outputs").get(0).getAsJsonObject().get("b64").getAsString();
    var picture = ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(png)));
    for (int i = 0; i < TinyStudent.VALUES; i++) {
      assertEquals(expected[1][i] & 0xff, picture.getRaster().getSample(i % 8, i / 8, 0));
    }
  }

  private static HttpResponse<String> predict(String body) throws Exception {
    return asked.post("/v1/models/tiny:predict", body);
  }

  private static JsonObject ok(HttpResponse<String> response) {
    assertEquals(200, response.statusCode(), response.body());
    assertEquals("application/json", response.headers().firstValue("content-type").orElse(""));
    return JsonParser.parseString(response.body()).getAsJsonObject();
  }

  private static byte[] pixels(JsonElement nested) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    collect(nested, bytes);
    return bytes.toByteArray();
  }

  private static void collect(JsonElement element, ByteArrayOutputStream to) {
    if (element.isJsonArray()) {
      element.getAsJsonArray().forEach(e -> collect(e, to));
    } else {
      to.write(element.getAsInt());
    }
  }

  @Test
  void metadataNamesTheSignatures() throws Exception {
    GetModelMetadataRequest request =
        GetModelMetadataRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("tiny"))
            .addMetadataField("signature_def")
            .build();
    GetModelMetadataResponse response =
        ClientCalls.blockingUnaryCall(
            asked.channel, ServingApi.GET_MODEL_METADATA, CallOptions.DEFAULT, request);
    assertEquals(
        Set.of("serving_default", "png", "generate", "generate_seeded", "denoise"),
        signatures(response));
    JsonObject json = ok(asked.get("/v1/models/tiny/metadata"));
    assertEquals("3", json.getAsJsonObject("model_spec").get("version").getAsString());
    JsonObject signatures =
        json.getAsJsonObject("metadata")
            .getAsJsonObject("signature_def")
            .getAsJsonObject("signature_def");
    assertEquals(signatures(response), signatures.keySet());
    assertEquals(
        "DT_INT64",
        signatures
            .getAsJsonObject("png")
            .getAsJsonObject("inputs")
            .getAsJsonObject("seed")
            .get("dtype")
            .getAsString());
  }

  private static Set<String> signatures(GetModelMetadataResponse response)
      throws InvalidProtocolBufferException {
    return response
        .getMetadataOrThrow("signature_def")
        .unpack(SignatureDefMap.class)
        .getSignatureDefMap()
        .keySet();
  }

  @Test
  void statusSaysThatTheVersionIsThere() throws Exception {
    GetModelStatusRequest request =
        GetModelStatusRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName("tiny"))
            .build();
    ModelVersionStatus status =
        ClientCalls.blockingUnaryCall(
                asked.channel, ServingApi.GET_MODEL_STATUS, CallOptions.DEFAULT, request)
            .getModelVersionStatus(0);
    assertEquals(3, status.getVersion());
    assertEquals(ModelVersionStatus.State.AVAILABLE, status.getState());
    JsonObject json =
        ok(asked.get("/v1/models/tiny/versions/3"))
            .getAsJsonArray("model_version_status")
            .get(0)
            .getAsJsonObject();
    assertEquals("3", json.get("version").getAsString());
    assertEquals("AVAILABLE", json.get("state").getAsString());
    assertEquals("OK", json.getAsJsonObject("status").get("error_code").getAsString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "POST|/v1/models/none:predict|404|Servable not found for request: Latest(none)",
        "POST|/v1/models/tiny/versions/4:predict|404|Servable not found for request: Specific(tiny, 4)",
        "POST|/v1/models/tiny/versions/99999999999999999999:predict|400|Failed to convert version",
        "POST|/v1/models/tiny/labels/stable:predict|400|Unrecognized servable version label: stable",
        "POST|/v1/models/tiny:classify|400|When method is classify, key 'examples' is expected",
        "POST|/v1/models/tiny|400|Malformed request: POST /v1/models/tiny",
        "POST|/v1/models/..%2f..%2fetc:predict|404|Servable not found",
        "GET|/v1/models/none|404|Could not find any versions of model none",
        "GET|/v1/models/tiny/versions/9|404|Could not find version 9 of model tiny",
        "GET|/v1/models/none/metadata|404|Servable not found",
        "GET|/v1/models|400|Missing model name",
        "GET|/../../etc/passwd|404|no such path",
        "POST|/v2/models/tiny:predict|404|no such path",
        "GET|/v1/elsewhere|400|Malformed request: GET /v1/elsewhere",
        "GET|/page/images?model=none|404|Servable not found",
        "GET|/page/images?model=tiny&count=65|400|count is '65'",
        "GET|/page/images?model=tiny&seed=x|400|seed is 'x'",
        "GET|/page/images?model=tiny&class=-1|400|class is '-1'",
      })
  void restErrors(String method, String path, int status, String part) throws Exception {
    HttpResponse<String> response =
        method.equals("GET") ? asked.get(path) : asked.post(path, "{\"instances\": [1]}");
    assertEquals(status, response.statusCode(), response.body());
    String error =
        JsonParser.parseString(response.body()).getAsJsonObject().get("error").getAsString();
    assertTrue(error.contains(part), error);
    String date = response.headers().firstValue("date").orElse("none");
    assertTrue(date.matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} [\\d:]{8} GMT"), date);
  }

  @Test
  void grpcErrors() {
    PredictRequest good = Asked.request("tiny", 0, 1);
    ModelSpec spec = good.getModelSpec();
    refused(Status.Code.INVALID_ARGUMENT, "Missing ModelSpec", good.toBuilder().clearModelSpec());
    refused(
        Status.Code.NOT_FOUND,
        "Latest(none)",
        good.toBuilder().setModelSpec(spec.toBuilder().setName("none")));
    refused(
        Status.Code.FAILED_PRECONDITION,
        "Serving signature key \"none\" not found.",
        good.toBuilder().setModelSpec(spec.toBuilder().setSignatureName("none")));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "input size does not match signature: 1!=2 len({seed}) != len({label,seed})."
            + " Sent extra: {}. Missing but required: {label}.",
        good.toBuilder().removeInputs("label"));
    TensorProto unread = TensorProto.newBuilder().setDtype(DataType.DT_RESOURCE).build();
    refused(
        Status.Code.INVALID_ARGUMENT,
        "Sent extra: {a}. Missing but required: {}.",
        good.toBuilder().putInputs("a", unread));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "output tensor alias not found in signature: none",
        good.toBuilder().addOutputFilter("none"));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "duplicate output tensor alias: image",
        good.toBuilder().addOutputFilter("image").addOutputFilter("image"));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "input seed is DT_INT32, expected DT_INT64",
        good.toBuilder().putInputs("seed", good.getInputsOrThrow("label")));
    refused(
        Status.Code.INVALID_ARGUMENT,
        "Task size 65 is larger than maximum input batch size 64",
        Asked.request("tiny", 0, 65).toBuilder());
    refused(
        Status.Code.INVALID_ARGUMENT,
        "equal 0th-dimension size",
        good.toBuilder().putInputs("seed", Asked.request("", 0, 2).getInputsOrThrow("seed")));
    refused(
        Status.Code.INVALID_ARGUMENT, "at least one row", Asked.request("tiny", 0, 0).toBuilder());
  }

  private static void refused(Status.Code code, String part, PredictRequest.Builder request) {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> asked.predict(request.build()));
    assertEquals(code, e.getStatus().getCode(), e.getMessage());
    assertTrue(("" + e.getStatus().getDescription()).contains(part), e.getMessage());
  }

  @Test
  void whatIsTooLargeIsRefusedByBoth() throws Exception {
    String body = "{\"inputs\": [" + "1, ".repeat(Asked.LIMITS.requestBytes() / 3) + "1]}";
    assertEquals(413, predict(body).statusCode());
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> asked.predict(Asked.request("tiny", Long.MAX_VALUE / 2, 200_000)));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getStatus().getCode());
  }

  @Test
  void aBodyMayComeCompressedButNotGrowBeyondTheLimit() throws Exception {
    String body = "{\"inputs\": {\"seed\": [0,1,2,3,4,5], \"label\": [0,1,2,0,1,2]}}";
    assertArrayEquals(joined(), pixels(ok(predictZipped(body)).get("outputs")));
    for (int times : new int[] {2, 100}) {
      String large = " ".repeat(times * Asked.LIMITS.requestBytes());
      int status = predictZipped(large).statusCode();
      assertTrue(Set.of(400, 413).contains(status), "" + status);
    }
    HttpResponse<String> cut = post(HttpRequest.BodyPublishers.ofString(body), "gzip");
    assertEquals(400, cut.statusCode());
    assertTrue(cut.body().contains("the compressed body is malformed"), cut.body());
  }

  private static HttpResponse<String> predictZipped(String body) throws Exception {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(zipped)) {
      out.write(body.getBytes(StandardCharsets.UTF_8));
    }
    return post(HttpRequest.BodyPublishers.ofByteArray(zipped.toByteArray()), "gzip");
  }

  private static HttpResponse<String> post(HttpRequest.BodyPublisher body, String encoding)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(asked.uri("/v1/models/tiny:predict"))
            .header("Content-Encoding", encoding)
            .POST(body)
            .build();
    return asked.http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void malformedJsonIsToldByItsPlace() throws Exception {
    assertEquals(
        "{ \"error\": \"JSON Parse error: Invalid value at line 1 column 1 path $\" }\n",
        predict("x").body());
    assertEquals(predict("x").body(), predict("\ufffd").body(), "a letter as any other");
    HttpResponse<String> other =
        post(
            HttpRequest.BodyPublishers.ofString("{\"é\": 1}", StandardCharsets.ISO_8859_1),
            "identity");
    assertEquals(400, other.statusCode());
    assertEquals("{ \"error\": \"the request's body is not UTF-8\" }\n", other.body());
  }

  @Test
  void metricsCountWhatWasAskedOfModelsThatAre() throws Exception {
    asked.predict(Asked.request("tiny", 0, 1));
    asked.post("/v1/models/madeup:predict", "{}");
    asked.post("/v1/models/tiny:Regress", "{\"examples\": [{\"x\": 1}]}");
    String metrics = asked.get("/monitoring/prometheus/metrics").body();
    String serving = ":tensorflow:serving:request_";
    String counted = serving + "count{model_name=\"tiny\",entrypoint=";
    assertTrue(metrics.contains(counted + "\"GRPC\",status=\"OK\"}"), metrics);
    assertTrue(metrics.contains(counted + "\"REST\",status=\"INVALID_ARGUMENT\"}"), metrics);
    // As TensorFlow Serving: the times of what went well.
    String times = serving + "latency_count{model_name=\"tiny\",API=";
    assertTrue(metrics.contains(times + "\"Predict\",entrypoint=\"GRPC\"}"), metrics);
    assertTrue(
        !metrics.toLowerCase(Locale.ROOT).matches("(?s).*api=\"(regress|getmodel).*"), metrics);
    assertTrue(metrics.contains(":fdistill:serving:batch_rows{model_name=\"tiny\""), metrics);
    assertTrue(!metrics.contains("madeup"), metrics);
    assertEquals("ok\n", asked.get("/healthz").body());
  }

  @Test
  void thePageDrawsTheSameImages() throws Exception {
    HttpResponse<String> page = asked.get("/");
    assertEquals("text/html; charset=utf-8", page.headers().firstValue("content-type").orElse(""));
    assertTrue(page.body().contains("<h1>Images in one step or a few</h1>"));
    assertTrue(!page.body().matches("(?s).*(https?:)?//[a-z].*"), "the page names another host");
    JsonObject model =
        ok(asked.get("/page/models")).getAsJsonArray("models").get(0).getAsJsonObject();
    assertEquals("tiny", model.get("name").getAsString());
    assertEquals(3, model.get("classes").getAsInt());
    JsonObject drawn = ok(asked.get("/page/images?model=tiny&seed=1&class=1&count=2"));
    assertEquals(2, drawn.getAsJsonArray("images").size());
    byte[] png = Base64.getDecoder().decode(drawn.getAsJsonArray("images").get(0).getAsString());
    var picture = ImageIO.read(new ByteArrayInputStream(png));
    assertEquals(expected[1][9] & 0xff, picture.getRaster().getSample(1, 1, 0));
    assertTrue(drawn.get("milliseconds").getAsDouble() > 0);
  }

  @Test
  void aClientThatGivesUpIsToldSo() throws ExecutionException {
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    asked.channel,
                    ServingApi.PREDICT,
                    CallOptions.DEFAULT.withDeadlineAfter(
                        1, java.util.concurrent.TimeUnit.NANOSECONDS),
                    Asked.request("tiny", 0, 1)));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getStatus().getCode());
  }
}
