package io.github.fdistill.wire;

import com.google.protobuf.Descriptors.FileDescriptor;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.util.List;

/** Services that gRPC itself defines, and what describes them and TensorFlow Serving's. */
public final class GrpcOwn {
  private static final String HEALTH = "grpc.health.v1.Health";

  /** grpc.health.v1.Health/Check */
  public static final MethodDescriptor<HealthCheckRequest, HealthCheckResponse> CHECK =
      health(MethodType.UNARY, "Check");

  /** grpc.health.v1.Health/Watch */
  public static final MethodDescriptor<HealthCheckRequest, HealthCheckResponse> WATCH =
      health(MethodType.SERVER_STREAMING, "Watch");

  /** grpc.reflection.v1.ServerReflection, which newer tools ask, and its equal of older ones. */
  public static final List<MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse>>
      REFLECTION = List.of(reflection("v1"), reflection("v1alpha"));

  /** What has the services of TensorFlow Serving. */
  public static final List<FileDescriptor> SERVING =
      List.of(PredictionServiceOuterClass.getDescriptor(), ModelServiceOuterClass.getDescriptor());

  private GrpcOwn() {}

  private static MethodDescriptor<HealthCheckRequest, HealthCheckResponse> health(
      MethodType type, String method) {
    return ServingApi.call(
        type,
        HEALTH,
        method,
        HealthCheckRequest.getDefaultInstance(),
        HealthCheckResponse.getDefaultInstance());
  }

  private static MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> reflection(
      String version) {
    return ServingApi.call(
        MethodType.BIDI_STREAMING,
        "grpc.reflection." + version + ".ServerReflection",
        "ServerReflectionInfo",
        ServerReflectionRequest.getDefaultInstance(),
        ServerReflectionResponse.getDefaultInstance());
  }
}
