package io.github.fdistill.server;

import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.GrpcOwn;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.ServingApi;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Requests as files, and how a server takes them: one for all, with a tiny student. */
public final class WireFiles {
  private static final Limits LIMITS = new Limits(1 << 20, Duration.ofSeconds(20), 64);
  private static final int PATIENCE_MILLIS = 30_000;

  private static final Set<Status.Code> RIGHT =
      EnumSet.of(
          Status.Code.INVALID_ARGUMENT,
          Status.Code.NOT_FOUND,
          Status.Code.FAILED_PRECONDITION,
          Status.Code.UNIMPLEMENTED,
          Status.Code.RESOURCE_EXHAUSTED);

  private static final List<MethodDescriptor<?, ?>> METHODS =
      List.of(
          ServingApi.PREDICT,
          ServingApi.CLASSIFY,
          ServingApi.REGRESS,
          ServingApi.MULTI_INFERENCE,
          ServingApi.GET_MODEL_METADATA,
          ServingApi.GET_MODEL_STATUS,
          ServingApi.RELOAD_CONFIG,
          GrpcOwn.CHECK);

  private static Path student;
  private static Asked asked;
  private static int callers;

  private WireFiles() {}

  /** A model's version. */
  public static synchronized Path student() throws IOException {
    if (student == null) {
      student = Files.createTempDirectory("student").resolve("tiny/1");
      TinyStudent.write(student, 1);
    }
    return student;
  }

  private static synchronized Asked server() throws IOException {
    if (asked == null) {
      asked = new Asked(Hosting.HERE, LIMITS, student().getParent());
    }
    return asked;
  }

  /** For two images. */
  public static PredictRequest request() {
    return Asked.request("tiny", 0, 2);
  }

  private static byte[] http(String method, String path, String headers, String body) {
    String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
    String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + length;
    return (head + "\r\n" + body).getBytes(StandardCharsets.UTF_8);
  }

  /** Of every kind that the server has an answer to. */
  public static List<byte[]> allHttp() {
    String predict = "/v1/models/tiny:predict";
    String json = "Content-Type: application/json\r\n";
    String chunks = "Transfer-Encoding: chunked\r\n";
    String columns = "{\"inputs\": {\"seed\": [7, 8], \"label\": [1, 2]}}";
    String chunked =
        Integer.toHexString(columns.length()) + "\r\n" + columns + "\r\n0\r\nA: b\r\n\r\n";
    byte[] part = http("POST", predict, chunks, "");
    return List.of(
        http("POST", predict, json, columns),
        http(
            "POST",
            "/v1/models/tiny/versions/1:predict",
            json + "Origin: http://localhost:3000\r\nConnection: close\r\n",
            "{\"signature_name\": \"png\", \"instances\": [{\"seed\": 7, \"label\": 1}]}"),
        ByteBuffer.allocate(part.length + chunked.length())
            .put(part)
            .put(chunked.getBytes(StandardCharsets.US_ASCII))
            .array(),
        http("GET", "/v1/models/tiny/metadata?a=%41&b", "Accept-Encoding: gzip\r\n", ""),
        http("GET", "/v1/models/tiny", "", ""),
        http("OPTIONS", predict, "Origin: http://localhost:3000\r\n", ""),
        http("GET", "/monitoring/prometheus/metrics", "", ""));
  }

  public static void http(Path to) throws IOException {
    Files.write(to, allHttp().get(0));
  }

  /** An answer of 500 or none where there should be one is an error. */
  public static void sendHttp(Path file) throws IOException {
    byte[] answered = send(server().server.restPort(), Files.readAllBytes(file));
    String answer = new String(answered, StandardCharsets.UTF_8);
    if (answer.isEmpty()) {
      throw new ApiException(Status.Code.INVALID_ARGUMENT, "no answer");
    }
    String status = answer.substring(0, Math.min(12, answer.length()));
    if (!status.matches("HTTP/1\\.[01] (200|40[0-9]|41[0-9]|431|501)")) {
      throw new IllegalStateException(answer);
    }
    if (!status.endsWith("200")) {
      throw new ApiException(Status.Code.INVALID_ARGUMENT, answer.replace("\r", ""));
    }
  }

  /** All that comes back until the server hangs up. */
  private static byte[] send(int port, byte[] bytes) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (Socket socket = new Socket()) {
      // Of many addresses: one has no more ports than a minute's calls.
      callers = (callers + 1) % 100;
      socket.bind(new InetSocketAddress("127.0.0." + (1 + callers), 0));
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
      socket.getInputStream().transferTo(answer);
    } catch (SocketException e) {
      // Reset: the server hung up before it had read everything.
    }
    return answer.toByteArray();
  }

  /** The preface, settings, a call's head and its message. */
  public static void http2(Path to) throws IOException {
    ByteArrayOutputStream sent = preface();
    head(sent, 1);
    byte[] message = request().toByteArray();
    byte[] data = ByteBuffer.allocate(5 + message.length).putInt(1, message.length).array();
    System.arraycopy(message, 0, data, 5, message.length);
    frame(sent, 0, 1, 1, data);
    frame(sent, 8, 0, 0, new byte[] {0, 0, 1, 0});
    frame(sent, 6, 0, 0, new byte[8]);
    Files.write(to, sent.toByteArray());
  }

  /** The beginning of a connection. */
  static ByteArrayOutputStream preface() {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    sent.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(sent, 4, 0, 0, new byte[] {0, 3, 0, 0, 0, 100});
    return sent;
  }

  /** The head of a call. */
  static void head(ByteArrayOutputStream to, int stream) {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    header(head, ":method", "POST");
    header(head, ":scheme", "http");
    header(head, ":path", "/tensorflow.serving.PredictionService/Predict");
    header(head, ":authority", "localhost");
    header(head, "content-type", "application/grpc");
    header(head, "te", "trailers");
    frame(to, 1, 4, stream, head.toByteArray());
  }

  /** One frame of HTTP/2. */
  static void frame(ByteArrayOutputStream to, int type, int flags, int stream, byte[] of) {
    ByteBuffer frame = ByteBuffer.allocate(9 + of.length);
    frame.put((byte) (of.length >> 16)).putShort((short) of.length);
    to.writeBytes(frame.put((byte) type).put((byte) flags).putInt(stream).put(of).array());
  }

  /** As a literal without Huffman's code. */
  private static void header(ByteArrayOutputStream to, String name, String value) {
    to.write(0);
    for (String text : List.of(name, value)) {
      to.write(text.length());
      to.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Whatever it is, the connection ends in time; and others are served all the while. */
  public static void sendHttp2(Path file) throws IOException {
    send(server().server.grpcPort(), Files.readAllBytes(file));
    if (callers == 0) {
      asked.predict(request());
    }
  }

  /** Messages for each method; they may be sent to any. */
  public static List<byte[]> allGrpc() {
    List<byte[]> all = new ArrayList<>();
    all.add(request().toByteArray());
    all.add(request().toBuilder().addOutputFilter("image").build().toByteArray());
    return all;
  }

  public static void grpc(Path to) throws IOException {
    Files.write(to, allGrpc().get(0));
  }

  /** To the method for predictions, or to another. */
  public static void sendGrpc(Path file) throws IOException {
    byte[] request = Files.readAllBytes(file);
    int other = Math.floorMod(Arrays.hashCode(request), 2 * METHODS.size());
    boolean good = allGrpc().stream().anyMatch(each -> Arrays.equals(each, request));
    MethodDescriptor<?, ?> method = METHODS.get(good || other >= METHODS.size() ? 0 : other);
    try {
      ClientCalls.blockingUnaryCall(
          server().channel,
          ServingApi.ofBytes(method),
          CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_MILLIS, TimeUnit.MILLISECONDS),
          request);
    } catch (StatusRuntimeException e) {
      if (!RIGHT.contains(e.getStatus().getCode())) {
        throw e;
      }
      throw new ApiException(e.getStatus().getCode(), "" + e.getStatus().getDescription());
    }
  }
}
