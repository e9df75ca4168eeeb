package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.ClassificationRequest;
import io.github.fdistill.wire.InferenceTask;
import io.github.fdistill.wire.ModelConfigList;
import io.github.fdistill.wire.ModelServerConfig;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.MultiInferenceRequest;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.RegressionRequest;
import io.github.fdistill.wire.ReloadConfigRequest;
import io.github.fdistill.wire.ServingApi;
import io.grpc.CallOptions;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.TensorProto;

/** What TensorFlow Serving's sources answer to what we do not serve, or serve on its ways. */
class ServingAnswersTest {
  private static final String CLASSIFY = "tensorflow/serving/classify";
  private static final String PREDICT = ". Was: tensorflow/serving/predict";

  private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

  @TempDir static Path folder;
  private static Asked asked;

  @BeforeAll
  static void start() throws IOException {
    TinyStudent.write(folder.resolve("tiny").resolve("3"), 1);
    Level before = GRPC_LOG.getLevel();
    GRPC_LOG.setLevel(Level.CONFIG);
    asked = new Asked(folder.resolve("tiny"));
    assertEquals(Level.CONFIG, GRPC_LOG.getLevel(), "what gRPC logs is an application's to say");
    GRPC_LOG.setLevel(before);
  }

  @AfterAll
  static void end() {
    asked.close();
  }

  private static <Q, A> void told(
      Status.Code code, String words, MethodDescriptor<Q, A> method, Q request) {
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(asked.channel, method, CallOptions.DEFAULT, request));
    assertEquals(code, e.getStatus().getCode(), e.getMessage());
    assertTrue(("" + e.getStatus().getDescription()).contains(words), e.getMessage());
  }

  private static ModelSpec tiny(String signature) {
    return ModelSpec.newBuilder().setName("tiny").setSignatureName(signature).build();
  }

  private static ClassificationRequest classify(ModelSpec spec) {
    return ClassificationRequest.newBuilder().setModelSpec(spec).build();
  }

  @Test
  void aModelWithoutSuchASignatureSaysWhichItHas() {
    Status.Code invalid = Status.Code.INVALID_ARGUMENT;
    String expected = "Expected classification signature method_name to be " + CLASSIFY + PREDICT;
    told(invalid, expected, ServingApi.CLASSIFY, classify(tiny("")));
    told(
        invalid,
        "No signature was found with the name: x",
        ServingApi.CLASSIFY,
        classify(tiny("x")));
    told(
        Status.Code.NOT_FOUND,
        "Servable not found for request: Latest(none)",
        ServingApi.CLASSIFY,
        classify(ModelSpec.newBuilder().setName("none").build()));
    told(
        invalid,
        "Missing ModelSpec",
        ServingApi.CLASSIFY,
        ClassificationRequest.getDefaultInstance());
    told(
        invalid,
        "Expected regression signature method_name to be tensorflow/serving/regress" + PREDICT,
        ServingApi.REGRESS,
        RegressionRequest.newBuilder().setModelSpec(tiny("png")).build());
  }

  @Test
  void severalTasksAreToldWhatTheFirstIsTold() {
    InferenceTask.Builder task = InferenceTask.newBuilder().setModelSpec(tiny(""));
    MultiInferenceRequest.Builder request = MultiInferenceRequest.newBuilder();
    told(
        Status.Code.INVALID_ARGUMENT,
        "Expected classification signature",
        ServingApi.MULTI_INFERENCE,
        request.addTasks(task.setMethodName(CLASSIFY)).build());
    told(
        Status.Code.UNIMPLEMENTED,
        "Unsupported signature method_name: other",
        ServingApi.MULTI_INFERENCE,
        request.clear().addTasks(task.setMethodName("other")).build());
    told(
        Status.Code.INVALID_ARGUMENT,
        "ModelSpec has no name specified.",
        ServingApi.MULTI_INFERENCE,
        MultiInferenceRequest.getDefaultInstance());
  }

  @Test
  void anotherConfigurationIsRefusedInWords() {
    told(
        Status.Code.INVALID_ARGUMENT,
        "Only ModelConfigList is currently supported",
        ServingApi.RELOAD_CONFIG,
        ReloadConfigRequest.getDefaultInstance());
    ModelServerConfig list =
        ModelServerConfig.newBuilder()
            .setModelConfigList(ModelConfigList.getDefaultInstance())
            .build();
    told(
        Status.Code.UNIMPLEMENTED,
        "write models.config anew",
        ServingApi.RELOAD_CONFIG,
        ReloadConfigRequest.newBuilder().setConfig(list).build());
  }

  @Test
  void aModelWithoutANameIsNone() {
    PredictRequest.Builder request = Asked.request("", 0, 1).toBuilder();
    told(
        Status.Code.INVALID_ARGUMENT,
        "ModelSpec has no name specified.",
        ServingApi.PREDICT,
        request.build());
  }

  /** A client takes no header of any length. */
  @Test
  void whatIsSaidAtLengthIsCut() {
    PredictRequest.Builder request = Asked.request("tiny", 0, 1).toBuilder();
    for (int i = 0; i < 1000; i++) {
      request.putInputs("ä" + i, TensorProto.getDefaultInstance());
    }
    told(
        Status.Code.INVALID_ARGUMENT,
        "input size does not match signature: 1002!=2 len({label,seed,ä0,",
        ServingApi.PREDICT,
        request.build());
  }

  @Test
  void overHttpToo() throws Exception {
    HttpResponse<String> classify =
        asked.post("/v1/models/tiny:classify", "{\"examples\": [{\"x\": 1}]}");
    assertEquals(400, classify.statusCode());
    assertTrue(classify.body().contains("Expected classification signature"), classify.body());
    HttpResponse<String> status = asked.get("/v1/models/tiny/labels/nobody");
    assertEquals(200, status.statusCode(), "a label is not looked at");
    assertTrue(status.body().contains("AVAILABLE"), status.body());
  }

  private static PredictResponse packed(Codec codec, PredictRequest request) {
    CompressorRegistry compressors = CompressorRegistry.newEmptyInstance();
    compressors.register(codec);
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", asked.server.grpcPort())
            .usePlaintext()
            .compressorRegistry(compressors)
            .build();
    try {
      CallOptions packed = CallOptions.DEFAULT.withCompression(codec.getMessageEncoding());
      return ClientCalls.blockingUnaryCall(channel, ServingApi.PREDICT, packed, request);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void messagesMayBeCompressedAsOtherLibrariesDo() {
    PredictRequest request = Asked.request("tiny", 4, 3);
    PredictResponse plain = asked.predict(request);
    PredictResponse packed = packed(new Packed("deflate", DeflaterOutputStream::new), request);
    assertArrayEquals(plain.toByteArray(), packed.toByteArray());
  }

  /** gRPC itself would answer with UNKNOWN, and write a stack trace for each. */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void whatCannotBeUnpackedIsToldSo(String how) {
    PredictRequest small = Asked.request("tiny", 4, 3);
    PredictRequest large =
        small.toBuilder().addOutputFilter("x".repeat(2 * Asked.LIMITS.requestBytes())).build();
    Packed plain = new Packed(how, to -> to);
    Packed right =
        new Packed(
            how, how.equals("gzip") ? new Codec.Gzip()::compress : DeflaterOutputStream::new);
    refused(Status.Code.INVALID_ARGUMENT, "is damaged", plain, small);
    refused(Status.Code.RESOURCE_EXHAUSTED, "is larger than is taken", right, large);
  }

  private static void refused(Status.Code code, String words, Packed how, PredictRequest request) {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> packed(how, request));
    assertEquals(code, e.getStatus().getCode(), e.getMessage());
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  /** What a client sends under the name of a compression. */
  private record Packed(String name, Packing packing) implements Codec {
    private interface Packing {
      OutputStream onto(OutputStream to) throws IOException;
    }

    @Override
    public String getMessageEncoding() {
      return name;
    }

    @Override
    public InputStream decompress(InputStream is) {
      throw new AssertionError("answers are sent as they are");
    }

    @Override
    public OutputStream compress(OutputStream os) throws IOException {
      return packing.onto(os);
    }
  }

  private static HttpResponse<String> fromPage(String origin, String method) throws Exception {
    URI status = URI.create("http://127.0.0.1:" + asked.server.restPort() + "/v1/models/tiny");
    return asked.http.send(
        HttpRequest.newBuilder(status)
            .header("Origin", origin)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aPageThatMayAskIsToldSoByHeadersAndNoOtherIs() throws Exception {
    for (String method : new String[] {"GET", "OPTIONS"}) {
      var headers = fromPage(Asked.ELSEWHERE, method).headers();
      assertEquals(
          Asked.ELSEWHERE, headers.firstValue("Access-Control-Allow-Origin").orElse(""), method);
      assertEquals("GET, POST", headers.firstValue("Access-Control-Allow-Methods").orElse(""));
      assertEquals(
          "Content-Type, Content-Encoding",
          headers.firstValue("Access-Control-Allow-Headers").orElse(""));
    }
    // What is refused before it is read, too: the page would not learn why.
    HttpResponse<String> damaged =
        asked.http.send(
            HttpRequest.newBuilder(asked.uri("/v1/models/tiny:predict"))
                .header("Origin", Asked.ELSEWHERE)
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofString("what is not compressed at all"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertEquals(400, damaged.statusCode());
    assertTrue(damaged.body().contains("the compressed body is malformed"), damaged.body());
    assertEquals(
        Asked.ELSEWHERE, damaged.headers().firstValue("Access-Control-Allow-Origin").orElse(""));
    HttpResponse<String> other = fromPage("http://elsewhere.example", "GET");
    assertEquals(403, other.statusCode());
    assertTrue(other.headers().firstValue("Access-Control-Allow-Origin").isEmpty());
  }

  @Test
  void aFolderThatIsNotLookedAtForAMinuteIsNotHealthy() {
    RestApi.requireLookedAt("tiny", 60);
    ApiException stuck =
        assertThrows(ApiException.class, () -> RestApi.requireLookedAt("tiny", 61));
    assertEquals(Status.Code.UNAVAILABLE, stuck.code());
    assertTrue(stuck.getMessage().contains("tiny has not been looked at for 61 s"));
  }
}
