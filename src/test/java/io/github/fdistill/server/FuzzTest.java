package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.github.fdistill.Eventually;
import io.github.fdistill.wire.ServingApi;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever comes in, a right answer or the right error goes out, and the server goes on. */
@Timeout(300)
class FuzzTest {
  private static final int ROUNDS = Integer.getInteger("fdistill.fuzz.rounds", 200);

  private static final String[] BODIES = {
    "{\"signature_name\": \"serving_default\", \"inputs\": {\"seed\": [7, 8], \"label\": [1, 2]}}",
    "{\"signature_name\": \"png\", \"instances\": [{\"seed\": 7, \"label\": 1}]}",
    "{\"signature_name\": \"generate\", \"inputs\": {\"noise\": [[[[0.5]]]], \"label\": [1]}}",
  };

  private static final String[] TOKENS = {
    "",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "null",
    "true",
    "1e400",
    "-1",
    "1e-9",
    "NaN",
    "9223372036854775807",
    "9223372036854775808",
    "-2147483649",
    "\"x\"",
    "[[[[]]]]",
    "{\"b64\": 1}",
    "\u0000",
    "\ud800",
    "//",
    "'",
    "\\",
    "0.1",
    "01",
    "999999999999999999999999999999"
  };

  @TempDir Path folder;
  private Asked asked;
  private byte[][] expected;

  @BeforeEach
  void serve() throws IOException {
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    expected = TinyStudent.images(folder.resolve("tiny/1"), 1);
    asked = new Asked(folder.resolve("tiny"));
  }

  @AfterEach
  void stillServes() throws Exception {
    assertArrayEquals(expected[0], Asked.images(asked.predict(Asked.request("tiny", 0, 1))));
    assertEquals(200, asked.get("/healthz").statusCode());
    String none = ":fdistill:serving:waiting_rows 0\n";
    assertTrue(
        Eventually.within(
            30, () -> asked.get("/monitoring/prometheus/metrics").body().contains(none)),
        "rows are left waiting");
    asked.close();
  }

  private static String mutated(String text, Random random) {
    StringBuilder body = new StringBuilder(text);
    for (int i = random.nextInt(3); i >= 0 && body.length() > 0; i--) {
      int at = random.nextInt(body.length());
      int to = Math.min(body.length(), at + random.nextInt(6));
      switch (random.nextInt(4)) {
        case 0 -> body.setLength(at);
        case 1 -> body.setCharAt(at, (char) random.nextInt(256));
        case 2 -> body.replace(at, to, TOKENS[random.nextInt(TOKENS.length)]);
        default -> body.insert(at, body.substring(at, to));
      }
    }
    return body.toString();
  }

  @Test
  void jsonOfEveryKindOfWrong() throws Exception {
    Random random = new Random(11);
    Map<Integer, Integer> seen = new TreeMap<>();
    for (int i = 0; i < ROUNDS; i++) {
      String body = mutated(BODIES[i % BODIES.length], random);
      HttpResponse<String> response = asked.post("/v1/models/tiny:predict", body);
      seen.merge(response.statusCode(), 1, Integer::sum);
      assertTrue(Set.of(200, 400).contains(response.statusCode()), body + "\n" + response.body());
      var answer = JsonParser.parseString(response.body()).getAsJsonObject();
      assertEquals(response.statusCode() == 400, answer.has("error"), response.body());
    }
    assertTrue(seen.get(400) > ROUNDS / 2, "" + seen);
    assertTrue(seen.get(200) > 0, "" + seen);
  }

  @Test
  void protobufOfEveryKindOfWrong() {
    Random random = new Random(12);
    Map<Status.Code, Integer> seen = new EnumMap<>(Status.Code.class);
    Set<Status.Code> right =
        EnumSet.of(
            Status.Code.OK,
            Status.Code.INVALID_ARGUMENT,
            Status.Code.NOT_FOUND,
            Status.Code.FAILED_PRECONDITION,
            Status.Code.UNIMPLEMENTED);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = Asked.request("tiny", 7, 1 + i % 3).toByteArray();
      for (int k = random.nextInt(4); k >= 0; k--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      byte[] sent =
          random.nextInt(4) == 0
              ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length))
              : bytes;
      Status.Code code = code(sent);
      seen.merge(code, 1, Integer::sum);
      assertTrue(right.contains(code), code + " for " + java.util.Arrays.toString(sent));
    }
    assertTrue(seen.get(Status.Code.INVALID_ARGUMENT) > ROUNDS / 10, "" + seen);
    assertTrue(seen.get(Status.Code.OK) > 0, "" + seen);
  }

  private Status.Code code(byte[] request) {
    try {
      ClientCalls.blockingUnaryCall(
          asked.channel,
          ServingApi.ofBytes(ServingApi.PREDICT),
          CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
          request);
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  @Test
  void framesThatAreCutShortOrNone() throws IOException {
    Random random = new Random(13);
    String post =
        "POST /v1/models/tiny:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + BODIES[0].length()
            + "\r\n\r\n"
            + BODIES[0];
    for (int i = 0; i < ROUNDS / 20; i++) {
      byte[] http = mutated(post, random).getBytes(StandardCharsets.UTF_8);
      byte[] noise = new byte[1 + random.nextInt(300)];
      random.nextBytes(noise);
      byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      for (int port : new int[] {asked.server.restPort(), asked.server.grpcPort()}) {
        for (byte[] bytes : new byte[][] {http, noise, preface}) {
          sendAndHangUp(port, bytes);
        }
      }
    }
  }

  /** Sends, says that there is no more, and reads what comes until the server hangs up. */
  private static void sendAndHangUp(int port, byte[] bytes) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    } catch (java.net.SocketException e) {
      // Reset: the server hung up before it had read everything.
    }
  }
}
