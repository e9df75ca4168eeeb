package io.github.fdistill.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.hosting.Late;
import io.github.fdistill.wire.ApiException;
import io.grpc.Status;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever answers at a server's address, a client says so in words. */
class RestClientTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"metadata\": []}",
        "{\"metadata\": {\"signature_def\": {\"signature_def\": {\"a\": {}, \"a\": {}}}}}",
        "{\"metadata\": {\"signature_def\": {\"signature_def\": {\"png\": 1}}}}",
        "{\"metadata\": {\"signature_def\": {\"signature_def\": {\"png\": {\"inputs\": {\"seed\":"
            + " {\"tensor_shape\": {\"dim\": [{}]}}}}}}}}",
        "{\"metadata\": {\"signature_def\": {\"signature_def\": {\"png\": {\"inputs\": {\"seed\":"
            + " {\"tensor_shape\": {\"dim\": [{\"size\": null}]}}}}}}}}",
      })
  void otherJsonIsNoMetadata(String body) throws IOException {
    assertRefused("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body, "signatures in JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:8501", "localhost:8501", "http://", "http://a b", ""})
  void whatIsNoAddressIsRefused(String server) {
    String said =
        assertThrows(InputException.class, () -> new RestClient(server, "a")).getMessage();
    assertTrue(said.startsWith("server: '" + server + "'\n  needed: http://HOST:PORT"), said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "", "-5", "99999999999999999999"})
  void aLengthThatIsNoneIsNoAnswer(String length) throws IOException {
    assertRefused("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n{}", "not HTTP/1.1");
  }

  /** A server may have ended just now; what is no HTTP may be gRPC. */
  @Test
  void whoHangsUpIsToldFromWhatIsNotHttp() throws IOException {
    assertRefused("", "hangs up without an answer");
    assertRefused("SSH-2.0-x\r\n\r\n", "not HTTP/1.1");
    assertRefused("HTTP/1.1 504 Gateway Timeout\r\nConnection: close\r\n\r\nlate", "504: late");
  }

  /** Whichever protocol it came by. */
  @Test
  void whatHelpsFollowsFromWhatWentWrong() {
    for (Status.Code code : Status.Code.values()) {
      int status = new ApiException(code, "").httpStatus();
      assertEquals(Remedy.of(code, ""), Remedy.of(status, ""));
    }
    ApiException late = Late.inTheQueue();
    for (Remedy busy :
        List.of(
            Remedy.of(late.code(), late.getMessage()),
            Remedy.of(late.httpStatus(), "{\"error\": \"" + late.getMessage() + "\"}"),
            Remedy.of(429, "full of answers that clients have not read; try again"),
            Remedy.of(503, "the server is at its limit"))) {
      assertEquals(Remedy.BUSY, busy);
    }
    Status full = Status.UNAVAILABLE.withDescription("The batch scheduling queue is full");
    assertHelps(GrpcClient.error(full.asRuntimeException()), "ask again later");
    Status gone = Status.UNAVAILABLE.withCause(new IOException("Connection reset by peer"));
    assertHelps(GrpcClient.error(gone.asRuntimeException()), "check MODEL and --server");
    assertHelps(GrpcClient.error(Status.DEADLINE_EXCEEDED.asRuntimeException()), "--timeout");
    Status large = Status.RESOURCE_EXHAUSTED.withDescription("gRPC message exceeds maximum size");
    assertHelps(GrpcClient.error(large.asRuntimeException()), "--rows");
    ModelClient.ServerError unknown = GrpcClient.error(Status.NOT_FOUND.asRuntimeException());
    assertHelps(unknown, "check MODEL and --server (MODEL is the name alone");
    Which ninth = new Which("a", Optional.of(9L), Optional.empty());
    assertHelps(unknown, ninth, "check MODEL, --version and --server");
    Which stable = new Which("a", Optional.empty(), Optional.of("stable"));
    assertHelps(unknown, stable, "check MODEL, --label and --server");
  }

  /** Of a host that lets packets fall nothing comes, not even that nobody listens. */
  @Test
  void aHostThatDoesNotAnswerIsToldFromALateAnswer() {
    for (int seconds : new int[] {1, 60, 3600}) {
      Duration patience = Duration.ofSeconds(seconds);
      Duration connecting = ModelClient.connecting(patience);
      assertTrue(connecting.compareTo(patience) < 0, connecting + " of " + patience);
      assertTrue(connecting.compareTo(ModelClient.CONNECTING) <= 0, connecting + "");
    }
    for (ModelClient.ServerError silent :
        List.of(
            RestClient.error(new ConnectTimeoutException("connection timed out after 10000 ms")),
            GrpcClient.error(
                Status.UNAVAILABLE
                    .withCause(new ConnectTimeoutException("connection timed out after 10000 ms"))
                    .asRuntimeException()))) {
      assertTrue(silent.getMessage().contains("the host does not answer"), silent.getMessage());
      assertHelps(silent, "--server");
    }
  }

  @Test
  void moreStepsThanTheStudentMakesAreRefused() throws IOException {
    Set<String> two = Set.of("png", "png_steps_1", "png_steps_2", "generate_steps_3");
    Which first = Which.newest("a").inSteps(1);
    assertEquals("png_steps_1", ModelClient.requirePictures(two, first));
    assertEquals("png", ModelClient.requirePictures(Set.of("png"), first), "all that it makes");
    ModelClient.requirePictures(two, Which.newest("a").inSteps(2));
    Which third = Which.newest("a").inSteps(3);
    String ofTwo = "'3'\n  needed: 1 to 2: the student was trained for so many evaluations";
    assertSteps(ofTwo, () -> ModelClient.requirePictures(two, third));
    String ofOne = "needed: none: the model is a student, which needs one evaluation";
    Path served = folder.resolve("served");
    ClientFiles.metadata(served);
    ClientFiles.readMetadata(served, first);
    Which second = Which.newest("a").inSteps(2);
    assertSteps(ofOne, () -> ClientFiles.readMetadata(served, second));
  }

  private static void assertSteps(String told, Executable asking) {
    String said = assertThrows(InputException.class, asking).getMessage();
    assertTrue(said.contains("steps: '") && said.contains(told), said);
  }

  private static void assertHelps(ModelClient.ServerError error, String remedy) {
    assertHelps(error, Which.newest("a"), remedy);
  }

  private static void assertHelps(ModelClient.ServerError error, Which which, String remedy) {
    String told = error.asInputException("here", which).getMessage();
    assertTrue(told.substring(told.indexOf("remedy: ")).contains(remedy), told);
  }

  /** A head at once, and then a byte now and then, for as long as anybody listens. */
  @Test
  void aWholeAnswerIsWaitedForNoLongerThanIsSaid() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      FutureTask<Boolean> dripping = new FutureTask<>(() -> drip(server));
      new Thread(dripping, "dripping").start();
      try (RestClient client =
          new RestClient(
              "http://127.0.0.1:" + server.getLocalPort(),
              Which.newest("a"),
              Duration.ofSeconds(2))) {
        ModelClient.ServerError late = assertThrows(ModelClient.ServerError.class, client::inputs);
        assertTrue(late.getMessage().contains("no whole answer within 2.0 s"), late.getMessage());
        assertHelps(late, "--timeout");
        server.close(); // Should it never have come.
        assertTrue(dripping.get(), "the connection is closed");
      }
    }
  }

  /** Whether the client went away. */
  private static boolean drip(ServerSocket server) throws IOException, InterruptedException {
    try (Socket client = server.accept()) {
      OutputStream out = client.getOutputStream();
      out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(US_ASCII));
      for (int i = 0; i < 1000; i++) {
        out.write(' ');
        Thread.sleep(50);
      }
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  private void assertRefused(String answer, String found) throws IOException {
    Path file = Files.writeString(folder.resolve("answer"), answer);
    String said =
        assertThrows(InputException.class, () -> ClientFiles.readMetadata(file)).getMessage();
    assertTrue(said.contains(found), said);
  }
}
