package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused early is told so, to clients that are still sending. */
@Timeout(240)
class RefusalsTest {
  private static final int MOST = 1 << 16;
  private static final Limits LIMITS = new Limits(MOST, Duration.ofSeconds(30), 64);
  private static final String PREDICT =
      "POST /v1/models/quick:predict HTTP/1.1\r\nHost: localhost\r\n";
  private static final String GIVE = "{\"signature_name\": \"give\", \"inputs\": [1]}";
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  @TempDir static Path folder;
  private static Asked asked;

  @BeforeAll
  static void serve() throws IOException {
    BlockingModel.write(folder.resolve("quick/1"));
    asked = new Asked(LIMITS, folder.resolve("quick"));
  }

  @AfterAll
  static void end() {
    asked.close();
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", asked.server.restPort());
    socket.setSoTimeout(90_000);
    return socket;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The statuses of all answers until the server ends its direction. */
  private static List<Integer> statuses(Socket socket) throws IOException {
    String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    List<Integer> found = new ArrayList<>();
    for (Matcher status = STATUS.matcher(all); status.find(); ) {
      found.add(Integer.valueOf(status.group(1)));
    }
    return found;
  }

  /** Sends first, and reads then: what is closed under such a client is never read. */
  private static List<Integer> afterSending(String head, byte[] piece, int pieces)
      throws IOException {
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(bytes(head));
      for (int i = 0; i < pieces; i++) {
        out.write(piece);
      }
      return statuses(socket);
    }
  }

  @Test
  void aBodyThatIsTooLargeIsToldSoToWhoSendsItAllFirst() throws IOException {
    byte[] piece = new byte[MOST];
    int pieces = 300;
    String length = "Content-Length: " + (long) MOST * pieces + "\r\n";
    for (int i = 0; i < 10; i++) {
      assertEquals(List.of(413), afterSending(PREDICT + length + "\r\n", piece, pieces));
    }
    String expecting = PREDICT + length + "Expect: 100-continue\r\n\r\n";
    assertEquals(List.of(413), afterSending(expecting, piece, pieces));
    byte[] chunk = bytes("1000\r\n" + " ".repeat(0x1000) + "\r\n");
    String chunked = PREDICT + "Transfer-Encoding: chunked\r\n\r\n";
    assertEquals(List.of(413), afterSending(chunked, chunk, 3_000));
  }

  @Test
  void whatIsMalformedIsToldSoToo() throws IOException {
    byte[] piece = new byte[MOST];
    assertEquals(List.of(400), afterSending("GET nonsense\r\n\r\n", piece, 100));
    String zipped = PREDICT + "Content-Encoding: gzip\r\nContent-Length: 6553600\r\n\r\n";
    assertEquals(List.of(400), afterSending(zipped, piece, 100));
    String foreign =
        PREDICT.replace("localhost", "evil.example") + "Content-Length: 6553600\r\n\r\n";
    assertEquals(List.of(403), afterSending(foreign, piece, 100));
  }

  /** By the bytes that are dropped, long before the time is over that there is for them. */
  @Test
  void whoSendsVeryMuchIsCutOff() throws Exception {
    try (Asked patient = new Asked(new Limits(MOST, Duration.ofSeconds(120), 8));
        Socket socket = new Socket("127.0.0.1", patient.server.restPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(bytes(PREDICT + "Content-Length: 1000000000000\r\n\r\n"));
      byte[] piece = new byte[1 << 20];
      long[] sent = {0};
      assertThrows(
          IOException.class,
          () -> {
            for (; sent[0] < 16L << 30; sent[0] += piece.length) {
              out.write(piece);
            }
          });
      assertTrue(sent[0] >= 256 << 20, sent[0] + " bytes");
    }
  }

  @Test
  void whoNeverStopsIsCutOff() throws Exception {
    try (Asked soon = new Asked(new Limits(MOST, Duration.ofSeconds(3), 8));
        Socket socket = new Socket("127.0.0.1", soon.server.restPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(bytes(PREDICT + "Content-Length: 1000000000000\r\n\r\n"));
      long start = System.nanoTime();
      assertThrows(
          IOException.class,
          () -> {
            while (true) {
              out.write(new byte[1 << 10]);
              Thread.sleep(1);
            }
          });
      double seconds = (System.nanoTime() - start) / 1e9;
      assertTrue(seconds < 60, "after " + seconds + " s");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Transfer-Encoding: xchunked|501",
        "Transfer-Encoding: gzip, chunked|501",
        "Transfer-Encoding: identity|501",
        "Transfer-Encoding: chunked, chunked|400",
        "Transfer-Encoding: chunked, gzip|501",
        "Transfer-Encoding: chunked#Content-Length: 3|400",
        "Content-Length: 3#Content-Length: 4|400",
        "Content-Length: 3, 3|400",
        "Content-Length: 0x3|400",
        "Content-Length: +3|400",
        "Content-Length: -3|400",
        "Content-Length:|400",
        "Content-Length: 3 3|400",
        "Content-Length: 99999999999999999999|400",
        "Host: localhost|400",
      })
  void whoseEndIsInDoubtIsTheConnectionsLast(String fields, int status) throws IOException {
    String head = PREDICT + fields.replace("#", "\r\n") + "\r\n\r\n";
    String body = Integer.toHexString(GIVE.length()) + "\r\n" + GIVE + "\r\n0\r\n\r\n";
    String hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assertEquals(List.of(status), afterSending(head + body + hidden, new byte[0], 0));
  }

  /** The host of a target counts, not that of the header; the header is asked for all the same. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://localhost:8501/healthz|Host: localhost|200",
        "HTTP://127.0.0.1/healthz?a=b#c|Host: evil.example|200",
        "https://[::1]/healthz|Host: a|200",
        "http://localhost|Host: localhost|200",
        "http://localhost?a|Host: localhost|200",
        "http://localhost/v1/models/quick|Host: localhost|200",
        "http://localhost/v1/models/quicker|Host: localhost|404",
        "http://evil.example/healthz|Host: localhost|403",
        "http://localhost.evil.example/healthz|Host: localhost|403",
        "http://localhost:8501@evil.example/healthz|Host: localhost|400",
        "http://evil.example\\@localhost/healthz|Host: localhost|400",
        "http:///healthz|Host: localhost|400",
        "http://:8501/healthz|Host: localhost|400",
        "http://localhost/healthz|Accept: */*|400",
        "http://localhost/healthz|Host: localhost#Host: localhost|400",
        "http://localhost/healthz|Host: localhost#Origin: http://localhost|200",
        "http://localhost/healthz|Host: evil.example#Origin: http://evil.example|403",
        "ftp://localhost/healthz|Host: localhost|404",
      })
  void aTargetMayNameItsHost(String target, String fields, int status) throws IOException {
    String head = "GET " + target + " HTTP/1.1\r\n" + fields.replace("#", "\r\n");
    String last = head + "\r\nConnection: close\r\n\r\n";
    assertEquals(List.of(status), afterSending(last, new byte[0], 0));
  }

  @Test
  void http10HasNoTransferCodings() throws IOException {
    String head = PREDICT.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n";
    assertEquals(List.of(400), afterSending(head + "0\r\n\r\n", new byte[0], 0));
  }

  @Test
  void http10IsToldThatTheConnectionGoesOn() throws IOException {
    String head = "GET /healthz HTTP/1.0\r\nConnection: ";
    try (Socket socket = connect()) {
      socket.getOutputStream().write(bytes(head + "keep-alive\r\n\r\n" + head + "close\r\n\r\n"));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String[] answers = all.toLowerCase(Locale.ROOT).split("http/1.1 200 ok", -1);
      assertEquals(3, answers.length, all);
      assertTrue(answers[1].contains("connection: keep-alive"), all);
      assertTrue(answers[2].contains("connection: close"), all);
    }
  }

  @Test
  void aRefusalComesAfterTheAnswersBeforeIt() throws IOException {
    String good = PREDICT + "Content-Length: " + GIVE.length() + "\r\n\r\n" + GIVE;
    String bad = PREDICT + "Transfer-Encoding: x\r\n\r\n";
    assertEquals(List.of(200, 200, 501), afterSending(good + good + bad + good, new byte[0], 0));
    String large = PREDICT + "Content-Length: 1000000\r\n\r\n";
    assertEquals(List.of(200, 413), afterSending(good + large, new byte[MOST], 16));
  }

  @Test
  void anAnswerThatCannotBeMadeIsAnsweredByWhy() {
    assertEquals(500, RestHandler.made(new Reply(200, Reply.JSON, null)).status().code());
  }

  @Test
  void whoBeginsCallsAndResetsThemAtOnceIsHungUpOn() throws IOException {
    ByteArrayOutputStream calls = WireFiles.preface();
    for (int i = 0; i < 2_000; i++) {
      WireFiles.head(calls, 2 * i + 1);
      WireFiles.frame(calls, 3, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
    }
    try (Socket socket = new Socket("127.0.0.1", asked.server.grpcPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(calls.toByteArray());
      String last = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertTrue(last.endsWith("too_many_rststreams"), last);
    } catch (SocketException e) {
      // Reset, for there was more than was read.
    }
  }

  @Test
  void aMessageOfGrpcThatIsTooLargeIsToldSo() {
    for (int i = 0; i < 10; i++) {
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () -> asked.predict(Asked.request("quick", Long.MAX_VALUE / 2, 200_000)));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getStatus().getCode(), e.getMessage());
    }
  }
}
