package io.github.fdistill.server;

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
import java.io.IOException;
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

  private static final int SMALL = UnreadAnswers.SMALL;

  @TempDir Path folder;

  private static int posted(Asked asked) throws Exception {
    return asked.post("/v1/models/quick:predict", GIVE).statusCode();
  }

  private static void ask(OutputStream out, int stream) throws IOException {
    out.write(RawHttp2.call(stream, "PredictionService/Predict"));
    byte[] asks = RequestTimeTest.request("quick", "give", 1).toByteArray();
    out.write(RawHttp2.message(stream, asks));
  }

  /** Nothing is computed then, and what tells of the server is to be had over HTTP. */
  private static boolean isFull(Asked asked) throws Exception {
    return posted(asked) == 429
        && reflected(asked) == Status.Code.RESOURCE_EXHAUSTED
        && asked.get("/monitoring/prometheus/metrics").statusCode() == 200
        && asked.get("/v1/models/quick/metadata").statusCode() == 200
        && asked.get("/").statusCode() == 200
        && posted(asked) == 429;
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
      long start = System.nanoTime();
      ask(out, 1);
      assertTrue(RawHttp2.comes(frame -> frame.stream() == 1, socket.getInputStream()));
      // On a busy machine its time may be over before all is looked at.
      for (int stream = 3; !Eventually.within(1, () -> isFull(asked)); stream += 2) {
        assertTrue(stream < 100, "it is never full");
        ask(out, stream);
      }
      assertTrue(RawHttp2.comes(RawHttp2.Frame::isReset, socket.getInputStream()));
      assertTrue(System.nanoTime() - start > 0.9 * TIME.toNanos());
      assertTrue(Eventually.within(60, () -> posted(asked) == 200));
      assertTrue(Eventually.within(60, () -> reflected(asked) == Status.Code.OK));
    }
  }

  /** Of two answers that are no small ones, one after the other: what is read counts no more. */
  private static Status.Code reflected(Asked asked) throws Exception {
    CompletableFuture<Status.Code> ended = new CompletableFuture<>();
    CompletableFuture<Void> read = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> to =
        ClientCalls.asyncBidiStreamingCall(
            asked.channel.newCall(GrpcOwn.REFLECTION.get(0), CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(ServerReflectionResponse answer) {
                read.complete(null);
              }

              @Override
              public void onError(Throwable error) {
                ended.complete(Status.fromThrowable(error).getCode());
                read.complete(null);
              }

              @Override
              public void onCompleted() {
                ended.complete(Status.Code.OK);
              }
            });
    ServerReflectionRequest asks =
        ServerReflectionRequest.newBuilder()
            .setFileContainingSymbol("tensorflow.serving.PredictionService")
            .build();
    to.onNext(asks);
    read.get();
    if (!ended.isDone()) {
      to.onNext(asks);
      to.onCompleted();
    }
    return ended.get();
  }

  @Test
  void theAnswerThatExceedsTheLimitIsTheLastOfThoseThatAreNotSmall() {
    UnreadAnswers unread = new UnreadAnswers(5_000);
    assertTrue(unread.take(4_999, SMALL));
    unread.requireRoom();
    assertTrue(unread.take(1 << 20, SMALL));
    assertThrows(RuntimeException.class, unread::requireRoom);
    assertFalse(unread.take(SMALL + 1, SMALL));
    assertTrue(unread.take(SMALL, SMALL));
    unread.give(SMALL + (1 << 20));
    assertTrue(unread.take(SMALL + 1, SMALL));
  }
}
