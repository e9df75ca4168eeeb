package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.Eventually;
import io.github.fdistill.wire.GrpcOwn;
import io.github.fdistill.wire.HealthCheckRequest;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.ServingApi;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/** Clients that send half of a request, many of them together more than there is room for. */
@Timeout(240)
class UnansweredRequestsTest {
  /** Less than a stream of gRPC may bring before its client has agreed to more. */
  private static final int MOST = 40_000;

  private static final Duration TIME = Duration.ofSeconds(60);
  private static final Limits LIMITS = new Limits(1 << 20, TIME, 16, TIME, MOST);
  private static final String ASKS = "{\"signature_name\": \"give\", \"inputs\": [1]}";

  /** A request that is not small. */
  private static final String LARGE = ASKS + " ".repeat(1_100);

  private static final String HEAD =
      "POST /v1/models/quick:predict HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Length: 500000\r\n\r\n";

  @TempDir Path folder;

  private static HttpResponse<String> posted(Asked asked, String body) throws Exception {
    return asked.post("/v1/models/quick:predict", body);
  }

  private static Status.Code called(Asked asked, int bytes) {
    return called(asked, bytes, "identity");
  }

  private static Status.Code called(Asked asked, int bytes, String encoding) {
    PredictRequest.Builder request = RequestTimeTest.request("quick", "give", 1).toBuilder();
    request.putInputs(
        "more",
        TensorProto.newBuilder()
            .setDtype(DataType.DT_UINT8)
            .setTensorContent(ByteString.copyFrom(new byte[bytes]))
            .build());
    try {
      ClientCalls.blockingUnaryCall(
          asked.channel,
          ServingApi.PREDICT,
          CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS).withCompression(encoding),
          request.build());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  /** So many bytes of a message that is to be larger. */
  private static byte[] halfACall(int bytes) {
    ByteArrayOutputStream begun = new ByteArrayOutputStream();
    begun.writeBytes(RawHttp2.PREFACE);
    begun.writeBytes(RawHttp2.frame(4, 0, 0)); // SETTINGS
    begun.writeBytes(RawHttp2.call(1, "PredictionService/Predict"));
    begun.writeBytes(RawHttp2.frame(0, 0, 1, new byte[] {0, 0, 8, 0, 0})); // Of 512 KiB.
    for (int i = 0; i < bytes; i += 10_000) {
      begun.writeBytes(RawHttp2.frame(0, 0, 1, new byte[10_000]));
    }
    return begun.toByteArray();
  }

  private static boolean full(Asked asked) throws Exception {
    HttpResponse<String> answer = posted(asked, LARGE);
    return answer.statusCode() == 429 && answer.body().contains("memory for requests is full");
  }

  /** Whether others are refused while there is one, whose end makes room; small ones never are. */
  private static void fills(Asked asked, int port, byte[] half) throws Exception {
    assertEquals(200, posted(asked, LARGE).statusCode());
    assertEquals(Status.Code.INVALID_ARGUMENT, called(asked, 1_100), "of what it does not take");
    try (Socket socket = new Socket("127.0.0.1", port)) {
      OutputStream out = socket.getOutputStream();
      out.write(half);
      assertTrue(Eventually.within(60, () -> full(asked)));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, called(asked, 1_100));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, called(asked, 1_100, "gzip"));
      assertEquals(200, posted(asked, ASKS).statusCode());
      assertEquals(Status.Code.INVALID_ARGUMENT, called(asked, 500));
    }
    assertTrue(Eventually.within(60, () -> posted(asked, LARGE).statusCode() == 200));
  }

  @Test
  void halvesOfRequestsTakeOnlySoMuchMemoryTogether() throws Exception {
    BlockingModel.write(folder.resolve("quick/1"));
    try (Asked asked = new Asked(LIMITS, folder.resolve("quick"))) {
      String head = HEAD + " ".repeat(MOST);
      fills(asked, asked.server.restPort(), head.getBytes(StandardCharsets.US_ASCII));
      fills(asked, asked.server.grpcPort(), halfACall(MOST));
      for (int i = 0; i < 30; i++) { // What is answered counts no more.
        assertEquals(200, posted(asked, LARGE).statusCode());
      }
      HealthCheckRequest endless =
          HealthCheckRequest.newBuilder().setService("x".repeat(MOST + 1)).build();
      assertTrue( // And goes on to watch.
          ClientCalls.blockingServerStreamingCall(
                  asked.channel, GrpcOwn.WATCH, CallOptions.DEFAULT, endless)
              .hasNext());
      assertEquals(200, posted(asked, LARGE).statusCode());
      afterTheLastWord(asked);
    }
  }

  /** Of a body that is refused nothing is held while its client may go on to send. */
  private static void afterTheLastWord(Asked asked) throws Exception {
    String head = HEAD.replace("Content-Length: 500000", "Transfer-Encoding: chunked");
    String body = "200000\r\n" + " ".repeat(LIMITS.requestBytes() + 1);
    String answered = "HTTP/1.1 429";
    // What was answered just now counts until the server has seen that it was.
    for (int i = 0; i < 50 && answered.endsWith("429"); i++) {
      Thread.sleep(100 * Math.min(i, 1));
      try (Socket socket = new Socket("127.0.0.1", asked.server.restPort())) {
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
        byte[] answer = socket.getInputStream().readNBytes("HTTP/1.1 413".length());
        answered = new String(answer, StandardCharsets.US_ASCII);
        assertEquals(200, posted(asked, LARGE).statusCode());
      }
    }
    assertEquals("HTTP/1.1 413", answered);
  }

  private static CountedCalls.Counted call(UnansweredRequests requests) {
    return (CountedCalls.Counted)
        new CountedCalls(requests).newServerStreamTracer("call", new Metadata());
  }

  @Test
  void theOneThatThereIsNoRoomForIsLetGoOf() throws Exception {
    UnansweredRequests requests = new UnansweredRequests(MOST);
    CountedCalls.Counted one = call(requests);
    CountedCalls.Counted other = call(requests);
    one.inboundWireSize(MOST / 2);
    other.inboundWireSize(MOST / 2);
    one.inboundWireSize(1);
    other.inboundWireSize(MOST);
    assertTrue(one.isFull());
    assertFalse(other.isFull());
    one.inboundUncompressedSize(MOST); // On the connection's thread: it was not compressed.
    Runnable unpack = () -> one.inboundUncompressedSize(1);
    assertThrows(ExecutionException.class, CompletableFuture.runAsync(unpack)::get);
    CompletableFuture.runAsync(() -> other.inboundUncompressedSize(1)).get();
    other.streamClosed(Status.CANCELLED);
    Runnable go = () -> other.inboundUncompressedSize(1);
    assertThrows(ExecutionException.class, CompletableFuture.runAsync(go)::get);
  }

  /** As where there is no memory for a word of that. */
  @Test
  void aRequestThatCannotEvenBeRefusedIsGivenUp() {
    Executor none =
        work -> {
          throw new Error() {
            @Override
            public String getMessage() {
              throw new OutOfMemoryError("Java heap space");
            }
          };
        };
    UnansweredRequests requests = new UnansweredRequests(MOST);
    CountedBodies bodies = new CountedBodies(requests, new ChannelInboundHandlerAdapter());
    ClientClock clock = new ClientClock(TIME);
    RequestHeads heads = new RequestHeads(new Callers(Set.of(), Set.of()));
    AtomicInteger begun = new AtomicInteger();
    UnreadAnswers unread = new UnreadAnswers(MOST);
    EmbeddedChannel channel =
        new EmbeddedChannel(
            clock, new RestHandler(null, none, clock, heads, bodies, begun, unread));
    channel.writeInbound(
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/v1/models/quick"));
    assertEquals(0, begun.get());
    assertFalse(channel.isOpen());
  }

  @Test
  void aLargeRequestIsAloneBesideSmallOnes() {
    UnansweredRequests requests = new UnansweredRequests(MOST);
    UnansweredRequests.Request small = requests.new Request();
    UnansweredRequests.Request large = requests.new Request();
    assertTrue(small.has(UnreadAnswers.SMALL));
    assertTrue(large.has(MOST));
    assertTrue(large.has(2 * MOST));
    assertFalse(small.has(UnreadAnswers.SMALL + 1));
    large.end();
    assertTrue(small.has(MOST));
    assertTrue(large.has(UnreadAnswers.SMALL));
    assertFalse(large.has(UnreadAnswers.SMALL + 1));
  }
}
