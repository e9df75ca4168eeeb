package io.github.fdistill.server;

import io.github.fdistill.hosting.Hosting;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.ServingApi;
import io.github.fdistill.wire.TensorProtos;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** A server on free ports, and what is asked of it. */
final class Asked implements AutoCloseable {
  static final Limits LIMITS = new Limits(1 << 20, Duration.ofSeconds(20), 64);

  /** Where pages come from that may ask. */
  static final String ELSEWHERE = "http://localhost:3000";

  final LocalServer server;
  final ManagedChannel channel;
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Asked(java.nio.file.Path... models) throws IOException {
    this(LIMITS, models);
  }

  /** In this process, which is ready sooner. */
  Asked(Limits limits, java.nio.file.Path... models) throws IOException {
    this(Hosting.HERE, limits, models);
  }

  Asked(Hosting hosting, Limits limits, java.nio.file.Path... models) throws IOException {
    LocalServer.Address address =
        new LocalServer.Address(
            "127.0.0.1", 0, 0, java.util.List.of(), java.util.List.of(ELSEWHERE), true, true);
    server = LocalServer.start(java.util.List.of(models), address, limits, hosting);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort()).usePlaintext().build();
  }

  /** A request for images of seeds from, from + 1, ... and of label seed % 3. */
  static PredictRequest request(String model, long from, int count) {
    ByteBuffer seeds = ByteBuffer.allocate(count * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer labels = ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      seeds.putLong(from + i);
      labels.putInt((int) ((from + i) % 3));
    }
    return PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName(model))
        .putInputs(
            "seed",
            TensorProtos.write(HostTensor.of(DataType.DT_INT64, Shape.of(count), seeds.array())))
        .putInputs(
            "label",
            TensorProtos.write(HostTensor.of(DataType.DT_INT32, Shape.of(count), labels.array())))
        .build();
  }

  PredictResponse predict(PredictRequest request) {
    return ClientCalls.blockingUnaryCall(
        channel,
        ServingApi.PREDICT,
        CallOptions.DEFAULT.withDeadlineAfter(180, TimeUnit.SECONDS),
        request);
  }

  /** The bytes of the images of an answer. */
  static byte[] images(PredictResponse response) {
    return TensorProtos.read("image", response.getOutputsOrThrow("image"), 1 << 24).bytes();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.restPort() + path);
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  /** The status that HEAD is answered with. */
  int head(String path) throws IOException, InterruptedException {
    HttpRequest.BodyPublisher none = HttpRequest.BodyPublishers.noBody();
    return send(HttpRequest.newBuilder(uri(path)).method("HEAD", none)).statusCode();
  }

  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(
        request.timeout(Duration.ofSeconds(180)).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.close();
  }
}
