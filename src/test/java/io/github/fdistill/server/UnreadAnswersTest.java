package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Eventually;
import io.github.fdistill.wire.GrpcOwn;
import io.github.fdistill.wire.ServerReflectionRequest;
import io.github.fdistill.wire.ServerReflectionResponse;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that ask and never read what they are answered. */
@Timeout(240)
class UnreadAnswersTest {
  private static final String GIVE = "{\"signature_name\": \"give\", \"inputs\": [1]}";
  private static final Duration TIME = Duration.ofSeconds(2);

  /** One answer is all that may wait. */
  private static final Limits LIMITS = new Limits(1 << 20, TIME, 6, TIME.multipliedBy(60), 1);

  @TempDir Path folder;

  private static int posted(Asked asked) throws Exception {
    return asked.post("/v1/models/quick:predict", GIVE).statusCode();
  }

  @Test
  void anAnswerThatIsNotReadIsEndedAndCountsUntilThen() throws Exception {
    BlockingModel.write(folder.resolve("quick/1"));
    try (Asked asked = new Asked(LIMITS, folder.resolve("quick"));
        Socket socket = new Socket("127.0.0.1", asked.server.grpcPort())) {
      socket.setSoTimeout(60_000);
      OutputStream out = socket.getOutputStream();
      out.write(RawHttp2.PREFACE);
      out.write(RawHttp2.frame(4, 0, 0, new byte[] {0, 4, 0, 0, 0, 0})); // A window of no bytes.
      out.write(RawHttp2.call(1, "PredictionService/Predict"));
      long start = System.nanoTime();
      byte[] asks = RequestTimeTest.request("quick", "give", 1).toByteArray();
      out.write(RawHttp2.message(1, asks));
      assertTrue(RawHttp2.comes(frame -> frame.stream() == 1, socket.getInputStream()));
      assertTrue(Eventually.within(60, () -> posted(asked) == 429));
      assertEquals(429, asked.get("/").statusCode());
      assertEquals(200, asked.get("/healthz").statusCode());
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, reflected(asked));
      assertTrue(RawHttp2.comes(RawHttp2.Frame::isReset, socket.getInputStream()));
      assertTrue(System.nanoTime() - start > 0.9 * TIME.toNanos());
      assertTrue(Eventually.within(60, () -> posted(asked) == 200));
      assertTrue(Eventually.within(60, () -> reflected(asked) == Status.Code.OK));
    }
  }

  /** Of an answer that is no small one. */
  private static Status.Code reflected(Asked asked) throws Exception {
    CompletableFuture<Status.Code> ended = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> to =
        ClientCalls.asyncBidiStreamingCall(
            asked.channel.newCall(GrpcOwn.REFLECTION.get(0), CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(ServerReflectionResponse answer) {}

              @Override
              public void onError(Throwable error) {
                ended.complete(Status.fromThrowable(error).getCode());
              }

              @Override
              public void onCompleted() {
                ended.complete(Status.Code.OK);
              }
            });
    to.onNext(
        ServerReflectionRequest.newBuilder()
            .setFileContainingSymbol("tensorflow.serving.PredictionService")
            .build());
    to.onCompleted();
    return ended.get();
  }

  @Test
  void theAnswerThatExceedsTheLimitIsTheLastOfThoseThatAreNotSmall() {
    UnreadAnswers unread = new UnreadAnswers(5_000);
    assertTrue(unread.take(4_999));
    unread.requireRoom();
    assertTrue(unread.take(1 << 20));
    assertThrows(RuntimeException.class, unread::requireRoom);
    assertFalse(unread.take(UnreadAnswers.SMALL + 1));
    assertTrue(unread.take(UnreadAnswers.SMALL));
    unread.give(UnreadAnswers.SMALL + (1 << 20));
    assertTrue(unread.take(UnreadAnswers.SMALL + 1));
  }
}
