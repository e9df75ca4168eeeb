package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.ServingApi;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that say nothing, or a byte now and then, and more of them than may be. */
@Timeout(240)
class SlowClientsTest {
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final int CONNECTIONS = 6;

  /** In the session, in the queue, or on its way. */
  static final Set<Status.Code> MISSED =
      Set.of(
          Status.Code.DEADLINE_EXCEEDED, Status.Code.RESOURCE_EXHAUSTED, Status.Code.UNAVAILABLE);

  private static final String BODY = "{\"signature_name\": \"give\", \"inputs\": [1]}";
  private static final String HEAD =
      "POST /v1/models/quick:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
          + BODY.length()
          + "\r\n\r\n";

  @TempDir static Path folder;
  private Asked asked;

  @BeforeAll
  static void write() throws IOException {
    BlockingModel.write(folder.resolve("quick/1"));
  }

  @BeforeEach
  void serve() throws IOException {
    asked = new Asked(new Limits(1 << 20, LIMIT, CONNECTIONS), folder.resolve("quick"));
  }

  @AfterEach
  void stillServes() throws Exception {
    try (Asked here = asked) {
      eventually(() -> here.predict(request()) != null);
      eventually(() -> here.post("/v1/models/quick:predict", BODY).statusCode() == 200);
    }
  }

  /** On a machine that is busy a request may miss this short limit, but not each of them. */
  private static void eventually(Callable<Boolean> asked) throws Exception {
    for (int i = 0; i < 20; i++) {
      try {
        if (asked.call()) {
          return;
        }
      } catch (StatusRuntimeException e) {
        assertTrue(MISSED.contains(e.getStatus().getCode()), "" + e);
      } catch (IOException e) {
        // Its connection was closed: it was not whole in time.
      }
    }
    fail("it does not serve any more");
  }

  private static PredictRequest request() {
    return RequestTimeTest.request("quick", "give", 1);
  }

  private Socket connect(int port) throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(90_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** What comes until the server hangs up. */
  private static byte[] untilTheEnd(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (SocketException e) {
      // Reset: it hung up while something was on its way to it.
    }
    return all.toByteArray();
  }

  /** Sends a byte every so often, for no longer than the server listens; then what it said. */
  private static String byteByByte(Socket socket, String text, int millis) throws Exception {
    Thread sender = sender(socket, text, 1, millis);
    String said = new String(untilTheEnd(socket.getInputStream()), StandardCharsets.UTF_8);
    sender.interrupt();
    sender.join();
    return said;
  }

  private static void endedInTime(long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    assertTrue(seconds > 0.9 * LIMIT.toSeconds(), "ended after " + seconds + " s");
    assertTrue(seconds < 40 * LIMIT.toSeconds(), "ended after " + seconds + " s");
  }

  @Test
  void aConnectionThatSaysNothingIsClosed() throws Exception {
    long start = System.nanoTime();
    try (Socket rest = connect(asked.server.restPort());
        Socket grpc = connect(asked.server.grpcPort())) {
      assertEquals(0, untilTheEnd(rest.getInputStream()).length);
      endedInTime(start);
      assertTrue(RawHttp2.comes(RawHttp2.Frame::saysGoodbye, grpc.getInputStream()));
    }
  }

  /** Ten seconds after its goodbye, for what the client says to that. */
  @Test
  @Tag("trial")
  void aConnectionOfGrpcThatSaysNothingIsClosed() throws Exception {
    long start = System.nanoTime();
    try (Socket grpc = connect(asked.server.grpcPort())) {
      untilTheEnd(grpc.getInputStream());
      assertTrue(System.nanoTime() - start < 30e9);
    }
  }

  @Test
  void anHttpHeadOrBodyInSingleBytesIsRefused() throws Exception {
    for (String sent : List.of(HEAD, "")) {
      long start = System.nanoTime();
      try (Socket socket = connect(asked.server.restPort())) {
        socket.getOutputStream().write((sent.isEmpty() ? HEAD : "").getBytes());
        String said = byteByByte(socket, sent.isEmpty() ? BODY : sent, 100);
        assertTrue(said.startsWith("HTTP/1.1 408 "), said);
        assertTrue(
            said.contains("{ \"error\": \"the request was not whole within 1000 ms\" }"), said);
      }
      endedInTime(start);
    }
  }

  @Test
  void aRequestThatIsWholeInTimeIsAnsweredHoweverItsBytesCome() throws Exception {
    Limits limits = new Limits(1 << 20, LIMIT.multipliedBy(60), CONNECTIONS);
    try (Asked patient = new Asked(limits, folder.resolve("quick"));
        Socket socket = connect(patient.server.restPort())) {
      // Two on one connection, one after the other.
      Thread sender = sender(socket, HEAD + BODY + HEAD + BODY, 7, 1);
      StringBuilder said = new StringBuilder();
      byte[] some = new byte[1000];
      while (said.toString().split("HTTP/1.1 200 OK", -1).length < 3) {
        int read = socket.getInputStream().read(some);
        assertTrue(read > 0, "it hung up after: " + said);
        said.append(new String(some, 0, read, StandardCharsets.UTF_8));
      }
      sender.join();
    }
  }

  @Test
  void whoDoesNotReadItsAnswersIsHungUpOn() throws Exception {
    byte[] many = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000_000).getBytes();
    long start = System.nanoTime();
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(1024);
      socket.connect(new InetSocketAddress("127.0.0.1", asked.server.restPort()));
      // Not a byte of an answer is read: the server reads no more requests, and then hangs up.
      assertThrows(SocketException.class, () -> socket.getOutputStream().write(many));
    }
    assertTrue(System.nanoTime() - start < 60e9);
  }

  @Test
  void aGrpcCallThatIsNotWholeInTimeIsEnded() throws Exception {
    for (boolean withMessage : new boolean[] {false, true}) {
      long start = System.nanoTime();
      CompletableFuture<Status> ended = new CompletableFuture<>();
      ClientCall<PredictRequest, PredictResponse> call =
          asked.channel.newCall(ServingApi.PREDICT, CallOptions.DEFAULT);
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onClose(Status status, Metadata trailers) {
              ended.complete(status);
            }
          },
          new Metadata());
      call.request(1);
      if (withMessage) {
        call.sendMessage(request()); // And never that this was all.
      }
      Status status = ended.get();
      assertEquals(Status.Code.DEADLINE_EXCEEDED, status.getCode());
      assertEquals("the request was not whole within 1000 ms", status.getDescription());
      endedInTime(start);
    }
  }

  @Test
  void aGrpcMessageInSingleBytesIsEnded() throws Exception {
    long start = System.nanoTime();
    try (Socket socket = connect(asked.server.grpcPort())) {
      ByteArrayOutputStream begun = new ByteArrayOutputStream();
      begun.writeBytes(RawHttp2.PREFACE);
      begun.writeBytes(RawHttp2.frame(4, 0, 0)); // SETTINGS
      begun.writeBytes(RawHttp2.call(1, "PredictionService/Predict")); // And more to come.
      socket.getOutputStream().write(begun.toByteArray());
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      for (int i = 0; i < 100; i++) {
        message.writeBytes(RawHttp2.frame(0, 0, 1, (byte) 0)); // DATA
      }
      Thread sender = sender(socket, message.toString(StandardCharsets.ISO_8859_1), 1, 50);
      assertTrue(RawHttp2.comes(frame -> frame.ends(1), socket.getInputStream()));
      sender.interrupt();
      sender.join();
    }
    endedInTime(start);
  }

  private static Thread sender(Socket socket, String text, int size, int millis) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    Thread sender =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < bytes.length; i += size) {
                  socket.getOutputStream().write(bytes, i, Math.min(size, bytes.length - i));
                  Thread.sleep(millis);
                }
              } catch (IOException | InterruptedException e) {
                // The server has hung up.
              }
            });
    sender.start();
    return sender;
  }

  @Test
  void connectionsBeyondTheLimitAreClosedAndOthersGoOn() throws Exception {
    Limits patient = new Limits(1 << 20, Duration.ofSeconds(120), CONNECTIONS);
    try (Asked other = new Asked(patient, folder.resolve("quick"))) {
      takesSoManyAtOnce(other.server.restPort(), true);
      takesSoManyAtOnce(other.server.grpcPort(), false);
    }
  }

  private void takesSoManyAtOnce(int port, boolean rest) throws Exception {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        open.add(connect(port));
      }
      long start = System.nanoTime();
      try (Socket tooMany = connect(port)) {
        assertEquals(0, untilTheEnd(tooMany.getInputStream()).length);
      }
      assertTrue(System.nanoTime() - start < 60e9, "not closed at once, but after its time");
      if (rest) {
        Socket first = open.get(0);
        first.getOutputStream().write((HEAD + BODY).getBytes(StandardCharsets.UTF_8));
        assertEquals('H', first.getInputStream().read());
      }
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    awaitRoom(port);
  }

  /** Until a connection stays open: those that were closed have made room. */
  private void awaitRoom(int port) throws Exception {
    for (int i = 0; i < 300; i++) {
      try (Socket again = connect(port)) {
        again.setSoTimeout(200);
        if (again.getInputStream().read() >= 0) {
          return; // gRPC's server speaks first.
        }
      } catch (SocketTimeoutException e) {
        return;
      } catch (SocketException e) {
        // Reset: there was no room yet.
      }
      Thread.sleep(100);
    }
    fail("no connection is taken any more");
  }
}
