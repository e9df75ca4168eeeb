package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.Eventually;
import io.github.fdistill.wire.PredictRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
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
    PredictRequest.Builder request = RequestTimeTest.request("quick", "give", 1).toBuilder();
    request.putInputs(
        "more",
        TensorProto.newBuilder()
            .setDtype(DataType.DT_UINT8)
            .setTensorContent(ByteString.copyFrom(new byte[bytes]))
            .build());
    try {
      asked.predict(request.build());
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
    }
  }
}
