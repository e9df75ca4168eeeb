package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.GrpcOwn;
import io.github.fdistill.wire.HealthCheckRequest;
import io.github.fdistill.wire.HealthCheckResponse;
import io.github.fdistill.wire.HealthCheckResponse.ServingStatus;
import io.github.fdistill.wire.ServerReflectionRequest;
import io.github.fdistill.wire.ServerReflectionResponse;
import io.github.fdistill.wire.ServingApi;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gRPC's own services, asked over the wire: health and reflection. */
class GrpcOwnTest {
  private static final String PREDICTION = "tensorflow.serving.PredictionService";

  @TempDir static Path folder;
  private static Asked asked;

  @BeforeAll
  static void serve() throws Exception {
    TinyStudent.write(folder.resolve("tiny").resolve("3"), 1);
    asked = new Asked(folder.resolve("tiny"));
  }

  @AfterAll
  static void close() {
    asked.close();
  }

  private static HealthCheckRequest of(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }

  private static ServingStatus health(String service) {
    return ClientCalls.blockingUnaryCall(
            asked.channel, GrpcOwn.CHECK, CallOptions.DEFAULT, of(service))
        .getStatus();
  }

  @Test
  void healthAnswersForEachService() {
    for (String service : new String[] {"", PREDICTION, "tensorflow.serving.ModelService"}) {
      assertEquals(ServingStatus.SERVING, health(service), service);
    }
    StatusRuntimeException unknown =
        assertThrows(StatusRuntimeException.class, () -> health("grpc.health.v1.None"));
    assertEquals(Status.Code.NOT_FOUND, unknown.getStatus().getCode());
  }

  private static Iterator<HealthCheckResponse> watch(ManagedChannel channel, String service) {
    return ClientCalls.blockingServerStreamingCall(
        channel,
        GrpcOwn.WATCH,
        CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS),
        of(service));
  }

  /** A service that there is none of may come: who watches it is told so, and goes on. */
  @Test
  void whoWatchesIsToldAtOnce() {
    assertEquals(ServingStatus.SERVING, watch(asked.channel, PREDICTION).next().getStatus());
    assertEquals(ServingStatus.SERVICE_UNKNOWN, watch(asked.channel, "nobody").next().getStatus());
  }

  @Test
  void whoWatchesIsToldOfEachChangeAndOfTheEnd() throws Exception {
    AtomicBoolean well = new AtomicBoolean(true);
    AtomicBoolean full = new AtomicBoolean(); // No memory, for one look.
    Runnable check =
        () -> {
          if (full.compareAndSet(true, false)) {
            throw new OutOfMemoryError("Java heap space");
          }
          if (!well.get()) {
            throw new ApiException(Status.Code.UNAVAILABLE, "no version");
          }
        };
    try (GrpcHealth health = new GrpcHealth(check, Thread::new)) {
      Server server =
          NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
              .addService(
                  ServerServiceDefinition.builder(GrpcOwn.WATCH.getServiceName())
                      .addMethod(health.watch())
                      .build())
              .build()
              .start();
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
      try {
        Iterator<HealthCheckResponse> states = watch(channel, "");
        for (boolean now : new boolean[] {true, false, true}) {
          well.set(now);
          ServingStatus told = states.next().getStatus();
          assertEquals(now ? ServingStatus.SERVING : ServingStatus.NOT_SERVING, told);
          full.set(!now);
        }
        health.close();
        assertEquals(ServingStatus.NOT_SERVING, states.next().getStatus());
        StatusRuntimeException end = assertThrows(StatusRuntimeException.class, states::hasNext);
        assertEquals(Status.Code.UNAVAILABLE, end.getStatus().getCode());
      } finally {
        channel.shutdownNow();
        server.shutdownNow();
      }
    }
  }

  private static List<ServerReflectionResponse> told(
      MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method,
      ServerReflectionRequest.Builder... questions)
      throws Exception {
    List<ServerReflectionResponse> answers = new ArrayList<>();
    CompletableFuture<List<ServerReflectionResponse>> all = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> to =
        ClientCalls.asyncBidiStreamingCall(
            asked.channel.newCall(method, CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(ServerReflectionResponse answer) {
                answers.add(answer);
              }

              @Override
              public void onError(Throwable error) {
                all.completeExceptionally(error);
              }

              @Override
              public void onCompleted() {
                all.complete(answers);
              }
            });
    for (ServerReflectionRequest.Builder question : questions) {
      to.onNext(question.build());
    }
    to.onCompleted();
    return all.get(60, TimeUnit.SECONDS);
  }

  private static ServerReflectionRequest.Builder ask() {
    return ServerReflectionRequest.newBuilder();
  }

  @Test
  void bothReflectionsListTheServicesThatAreThere() throws Exception {
    for (var method : GrpcOwn.REFLECTION) {
      List<ServerReflectionResponse> answers =
          told(method, ask().setListServices(""), ask().setListServices("*"));
      assertEquals(2, answers.size());
      List<String> names =
          answers.get(1).getListServicesResponse().getServiceList().stream()
              .map(service -> service.getName())
              .toList();
      assertEquals(
          List.of(
              "grpc.health.v1.Health",
              "grpc.reflection.v1.ServerReflection",
              "tensorflow.serving.ModelService",
              PREDICTION),
          names);
    }
  }

  /** From the answer alone a client makes the types, and with them a request that is answered. */
  @Test
  void whatASymbolNeedsIsTold() throws Exception {
    var answers =
        told(
            GrpcOwn.REFLECTION.get(0),
            ask().setFileContainingSymbol(PREDICTION),
            ask().setFileContainingSymbol(PREDICTION + ".Predict"),
            ask().setFileByFilename("tensorflow_serving/apis/prediction_service.proto"),
            ask().setFileContainingSymbol("tensorflow.serving.ModelVersionStatus.State"),
            ask().setFileContainingSymbol("nobody"),
            ask().setAllExtensionNumbersOfType("tensorflow.serving.ModelSpec"));
    List<ByteString> files =
        answers.get(0).getFileDescriptorResponse().getFileDescriptorProtoList();
    Map<String, FileDescriptorProto> byName = new HashMap<>();
    for (ByteString file : files) {
      FileDescriptorProto proto = FileDescriptorProto.parseFrom(file);
      byName.put(proto.getName(), proto);
    }
    FileDescriptor made = built("tensorflow_serving/apis/prediction_service.proto", byName);
    assertEquals(
        ServingApi.PREDICT.getFullMethodName(),
        PREDICTION
            + "/"
            + made.findServiceByName("PredictionService").getMethods().get(3).getName());
    assertEquals(
        answers.get(0).getFileDescriptorResponse(), answers.get(1).getFileDescriptorResponse());
    assertEquals(
        answers.get(0).getFileDescriptorResponse(), answers.get(2).getFileDescriptorResponse());
    assertTrue(answers.get(3).hasFileDescriptorResponse());
    assertEquals(Status.Code.NOT_FOUND.value(), answers.get(4).getErrorResponse().getErrorCode());
    assertEquals(0, answers.get(5).getAllExtensionNumbersResponse().getExtensionNumberCount());
    assertTrue(answers.get(5).hasAllExtensionNumbersResponse());
  }

  private static FileDescriptor built(String name, Map<String, FileDescriptorProto> all)
      throws Exception {
    FileDescriptorProto proto = all.get(name);
    assertFalse(proto == null, name);
    List<FileDescriptor> needed = new ArrayList<>();
    for (String each : proto.getDependencyList()) {
      needed.add(built(each, all));
    }
    return FileDescriptor.buildFrom(proto, needed.toArray(new FileDescriptor[0]));
  }

  /** Who only asks and never reads is not answered without end. */
  @Test
  void aQuestionThatIsNoneIsRefused() throws Exception {
    var answers = told(GrpcOwn.REFLECTION.get(0), ask());
    assertEquals(
        Status.Code.INVALID_ARGUMENT.value(), answers.get(0).getErrorResponse().getErrorCode());
  }

  @Test
  void aRequestMayBeAsLargeAsTheLargestBatch() {
    Limits usual = Limits.usual();
    assertEquals(16 << 20, usual.fitting(1000).requestBytes());
    assertEquals(16 * 3_000_000, usual.fitting(3e6).requestBytes());
    assertTrue(usual.fitting(1e18).requestBytes() <= 1 << 30);
    assertEquals(1 << 20, Asked.LIMITS.fitting(1e6).requestBytes());
  }
}
