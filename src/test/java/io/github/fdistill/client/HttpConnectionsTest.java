package io.github.fdistill.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections are kept while both sides keep them, and closed where an answer is none. */
class HttpConnectionsTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  private static final int MOST = 1 << 20;

  private final BlockingQueue<Socket> callers = new LinkedBlockingQueue<>();
  private ServerSocket server;
  private HttpConnections connections;

  @BeforeEach
  void open() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server.setSoTimeout(10_000);
    URI address = URI.create("http://127.0.0.1:" + server.getLocalPort());
    connections = new HttpConnections(address, Duration.ofSeconds(10), MOST);
  }

  @AfterEach
  void close() throws IOException {
    connections.close();
    server.close();
  }

  /** Answers the next request on a connection, which stays as it is. */
  private static void answer(Socket caller, String answer) throws IOException {
    InputStream in = caller.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      head.append((char) next);
    }
    caller.getOutputStream().write(answer.getBytes(US_ASCII));
  }

  private static void aside(Callable<?> task) {
    Thread thread = new Thread(new FutureTask<>(task), "aside");
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes the next connection, and gives each request on it the next of the answers. */
  private void serve(String... answers) {
    aside(
        () -> {
          Socket caller = server.accept();
          callers.add(caller);
          for (String answer : answers) {
            answer(caller, answer);
          }
          return null;
        });
  }

  private Socket caller() throws InterruptedException {
    return callers.poll(10, TimeUnit.SECONDS);
  }

  private void assertClosedByTheClient() throws Exception {
    Socket caller = caller();
    caller.setSoTimeout(10_000);
    try {
      assertEquals(-1, caller.getInputStream().read());
    } catch (SocketException e) {
      // Closed before all had been read.
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HXTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: z\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: 2\r\n\r\n",
        "SSH-2.0",
        "\0\0",
      })
  void whatIsNoAnswerLeavesNoConnectionBehind(String answer) throws Exception {
    serve(answer);
    assertThrows(AnswerReader.NotHttp.class, () -> connections.ask("/", null));
    assertClosedByTheClient();
  }

  @Test
  void aBodyOfMoreThanThereIsRoomForIsReadNoFurther() throws Exception {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n";
    serve(head + "a".repeat(MOST + 1));
    IOException large = assertThrows(IOException.class, () -> connections.ask("/", null));
    assertInstanceOf(AnswerReader.TooLarge.class, large);
    assertEquals("its answer has more than 1 MiB", large.getMessage());
    String told = RestClient.error(large).asInputException("here", Which.newest("a")).getMessage();
    assertTrue(told.substring(told.indexOf("remedy: ")).contains("--rows"), told);
    assertClosedByTheClient();
  }

  @Test
  void oneConnectionServesManyRequests() throws Exception {
    String continued = "HTTP/1.1 100 Continue\r\n\r\n";
    String chunked =
        "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n1\r\nd\r\n0\r\n\r\n";
    serve(OK + "ab", continued + chunked, OK + "ef");
    assertEquals(new HttpConnections.Answer(200, "ab"), connections.ask("/", null));
    assertEquals(new HttpConnections.Answer(404, "cd"), connections.ask("/", "{}"));
    server.close(); // No other connection can be made.
    assertEquals(new HttpConnections.Answer(200, "ef"), connections.ask("/", null));
  }

  /** As servers do after a while, or as they are started again: the request is made once more. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aKeptConnectionThatHasEndedIsReplaced(boolean reset) throws Exception {
    serve(OK + "ab");
    connections.ask("/", null);
    Socket first = caller();
    first.setSoLinger(reset, 0); // It is closed with a reset then.
    aside(
        () -> {
          answer(first, ""); // It has read the request, and hangs up.
          serve(OK + "cd");
          first.close();
          return null;
        });
    assertEquals("cd", connections.ask("/", null).body());
  }

  /** Its answer lies there when the request can be sent no further. */
  @Test
  void whoAnswersBeforeTheWholeRequestHasComeIsHeard() throws Exception {
    aside(
        () -> {
          Socket caller = server.accept();
          answer(caller, OK.replace("200 OK", "413 Large") + "no");
          caller.close(); // Which resets it, for it has not read all.
          return null;
        });
    assertEquals(413, connections.ask("/", "a".repeat(8 << 20)).status());
  }

  @Test
  void aConnectionThatTheServerWillNotKeepIsClosed() throws Exception {
    serve(OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + "ab");
    assertEquals("ab", connections.ask("/", null).body());
    assertClosedByTheClient();
  }

  /** Within its body, or within its head. */
  @ParameterizedTest
  @ValueSource(strings = {OK + "a", "HTTP/1.1 200 OK\r\nContent-"})
  void halfAnAnswerIsNone(String half) throws Exception {
    aside(
        () -> {
          Socket caller = server.accept();
          answer(caller, half);
          caller.shutdownOutput();
          return null;
        });
    IOException told = assertThrows(IOException.class, () -> connections.ask("/", null));
    assertEquals("its answer ends before its end", told.getMessage());
  }

  @Test
  void whatIsClosedIsAskedNoMore() throws Exception {
    connections.close();
    IOException told = assertThrows(IOException.class, () -> connections.ask("/", null));
    assertEquals("the client is closed", told.getMessage());
  }

  /** Of https, where nobody speaks it. */
  @Test
  void whatIsNotEncryptedIsToldAsSuch() throws Exception {
    aside(
        () -> {
          server.accept().getOutputStream().write((OK + "ab").getBytes(US_ASCII));
          return null;
        });
    URI address = URI.create("https://127.0.0.1:" + server.getLocalPort());
    try (HttpConnections encrypted = new HttpConnections(address, Duration.ofSeconds(10), MOST)) {
      IOException told = assertThrows(IOException.class, () -> encrypted.ask("/", null));
      String error = RestClient.error(told).getMessage();
      assertTrue(error.startsWith("https fails: not an SSL/TLS record"), error);
    }
  }
}
