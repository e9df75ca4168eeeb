package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Eventually;
import io.github.fdistill.NativeHandles;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.hosting.HostedModel;
import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.hosting.LoadedModel;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.ServingApi;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Requests that take longer than they may, in the queue or in the session. */
@Timeout(240)
class RequestTimeTest {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  /** Of requests that are not late, on a machine that is busy. */
  private static final Duration PATIENT = Duration.ofSeconds(50);

  private static final String IN_QUEUE = "Run() timeout exceeded while waiting in batching queue";
  private static final String IN_SESSION = "Timed out waiting for notification";

  @TempDir Path folder;

  private Asked serve(Duration limit) throws Exception {
    BlockingModel.write(folder.resolve("blocking/1"));
    return new Asked(new Limits(1 << 20, limit, 64), folder.resolve("blocking"));
  }

  private static PredictRequest request(String signature, float x) {
    return request("blocking", signature, x);
  }

  /** One row for a signature of a {@link BlockingModel}. */
  static PredictRequest request(String model, String signature, float x) {
    TensorShapeProto one =
        TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(1)).build();
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model).setSignatureName(signature))
        .putInputs(
            "x",
            TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(one)
                .addFloatVal(x)
                .build())
        .build();
  }

  private static String grpc(Asked asked) {
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class, () -> asked.predict(request("", BlockingModel.ENDLESS)));
    return e.getStatus().getCode() + " " + e.getStatus().getDescription();
  }

  private static String rest(Asked asked) throws Exception {
    HttpResponse<String> response =
        asked.post(
            "/v1/models/blocking:predict", "{\"instances\": [" + BlockingModel.ENDLESS + "]}");
    return response.statusCode() + " " + response.body().strip();
  }

  /**
   * The answers to two requests at once, the first of which is computed while the second waits.
   * They are asked anew where the machine was so busy that neither was computed in its time.
   */
  private static List<String> two(String computed, Callable<String> ask) throws Exception {
    List<String> answers = two(ask);
    for (int i = 0; i < 5 && !answers.contains(computed); i++) {
      answers = two(ask);
    }
    return answers;
  }

  private static List<String> two(Callable<String> ask) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      long start = System.nanoTime();
      Future<String> first = threads.submit(ask);
      Future<String> second = threads.submit(ask);
      List<String> answers = List.of(first.get(), second.get()).stream().sorted().toList();
      double seconds = (System.nanoTime() - start) / 1e9;
      assertTrue(seconds >= LIMIT.toSeconds(), "answered after " + seconds + " s");
      assertTrue(seconds < 30 * LIMIT.toSeconds(), "answered after " + seconds + " s");
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }

  /** One was computed; the other waited, to its end or until that one ended just before it. */
  private static void late(String computed, String waiting, List<String> answers) {
    assertTrue(answers.contains(computed), "" + answers);
    answers.forEach(answer -> assertTrue(Set.of(computed, waiting).contains(answer), answer));
  }

  /** The session and the queue are as they should be. */
  private static void answers(Asked asked) throws Exception {
    assertTrue(Eventually.within(60, () -> answersInTime(asked)), "each is late");
    assertTrue(Eventually.within(30, () -> waitingRows(asked) == 0), "rows wait");
  }

  /** Whether this one is not late, as on a busy machine one may be. */
  private static boolean answersInTime(Asked asked) {
    try {
      PredictResponse response = asked.predict(request("", 2));
      assertEquals(42, response.getOutputsOrThrow("y").getFloatVal(0));
      return true;
    } catch (StatusRuntimeException e) {
      assertTrue(SlowClientsTest.MISSED.contains(e.getStatus().getCode()), "" + e);
      return false;
    }
  }

  private static int waitingRows(Asked asked) throws Exception {
    return rows(asked, "waiting");
  }

  private static int rows(Asked asked, String how) throws Exception {
    String gauge = ":fdistill:serving:" + how + "_rows ";
    return asked
        .get("/monitoring/prometheus/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(gauge))
        .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf(' ') + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void bothProtocolsTellWhereTheTimeWentAndNothingIsLeftBehind() throws Throwable {
    NativeHandles.assertNoneLeft(
        () -> {
          try (Asked asked = serve(LIMIT)) {
            answers(asked);
            String computed = "DEADLINE_EXCEEDED " + IN_SESSION;
            late(computed, "RESOURCE_EXHAUSTED " + IN_QUEUE, two(computed, () -> grpc(asked)));
            answers(asked);
            computed = "504 { \"error\": \"" + IN_SESSION + "\" }";
            late(
                computed,
                "429 { \"error\": \"" + IN_QUEUE + "\" }",
                two(computed, () -> rest(asked)));
            answers(asked);
          }
        });
  }

  /** Computes what it is asked by default when it is told to go on or to end, and not before. */
  private record Held(HostedModel model, CountDownLatch goOn) implements HostedModel {
    @Override
    public LoadedModel loaded() {
      return model.loaded();
    }

    @Override
    public Map<String, HostTensor> run(
        String signature, Map<String, HostTensor> in, Collection<String> out, Duration within) {
      try {
        if (signature.equals("serving_default")) {
          goOn.await();
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return model.run(signature, in, out, within);
    }

    @Override
    public List<byte[]> draw(
        long[] seeds, ConditionRows conditions, double guidance, Duration within) {
      return model.draw(seeds, conditions, guidance, within);
    }

    @Override
    public boolean running() {
      return model.running();
    }

    @Override
    public void close() {
      model.close();
    }

    @Override
    public void kill() {
      goOn.countDown();
    }
  }

  private Asked serveHeld(CountDownLatch goOn) throws Exception {
    BlockingModel.write(folder.resolve("blocking/1"));
    return new Asked(
        (version, crashes) -> new Held(Hosting.HERE.load(version, crashes), goOn),
        new Limits(1 << 20, PATIENT, 64),
        folder.resolve("blocking"));
  }

  private static void awaitComputing(Asked asked) throws Exception {
    while (rows(asked, "computing") == 0) {
      Thread.sleep(5);
    }
  }

  @Test
  void aClientThatHasGoneTakesNoPlaceInTheQueue() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (Asked asked = serveHeld(goOn)) {
      asked.predict(request("give", 1));
      ExecutorService threads = Executors.newFixedThreadPool(1);
      Future<PredictResponse> computed = threads.submit(() -> asked.predict(request("", 2)));
      awaitComputing(asked);
      long start = System.nanoTime();
      CallOptions impatient = CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS);
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  ClientCalls.blockingUnaryCall(
                      asked.channel, ServingApi.PREDICT, impatient, request("", 2)));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getStatus().getCode());
      while (waitingRows(asked) > 0) {
        Thread.sleep(5);
      }
      assertTrue(System.nanoTime() - start < 0.7 * PATIENT.toNanos(), "waited to the limit");
      goOn.countDown();
      threads.shutdown();
      assertEquals(42, computed.get().getOutputsOrThrow("y").getFloatVal(0));
    }
  }

  @Test
  void anEndThatIsInterruptedLetsTheModelsGoAllTheSame() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (Asked asked = serveHeld(goOn)) {
      CompletableFuture.runAsync(() -> asked.predict(request("", 2)));
      awaitComputing(asked);
      Thread.currentThread().interrupt();
    }
    assertTrue(Thread.interrupted(), "who interrupts is heard later too");
    assertEquals(0, goOn.getCount(), "the model is not ended");
  }

  /**
   * Also of those that a browser asks before a page's request, which are answered at once; and to a
   * client that has closed its direction.
   */
  @Test
  void answersKeepTheOrderOfTheirRequests() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    String path = " /v1/models/blocking:predict HTTP/1.1\r\nHost: localhost\r\n";
    String mayI = "OPTIONS" + path + "Origin: " + Asked.ELSEWHERE + "\r\n";
    String body = "{\"inputs\": [2]}";
    String ask = "POST" + path + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    try (Asked asked = serveHeld(goOn);
        Socket socket = new Socket("127.0.0.1", asked.server.restPort())) {
      String all = mayI + "\r\n" + ask + mayI + "Connection: close\r\n\r\n";
      socket.getOutputStream().write(all.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      awaitComputing(asked);
      Thread.sleep(100);
      goOn.countDown();
      String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String[] each = answers.split("HTTP/1.1 200 OK", -1);
      assertEquals(4, each.length, answers);
      assertTrue(each[2].contains("42.0"), answers);
    }
  }
}
