package io.github.fdistill.client;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.wire.GetModelMetadataRequest;
import io.github.fdistill.wire.GetModelMetadataResponse;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.ServingApi;
import io.github.fdistill.wire.SignatureDefMap;
import io.grpc.CallOptions;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.Http2Exception;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Over gRPC. */
public final class GrpcClient implements ModelClient {
  private static final String SIGNATURES = "signature_def";

  private final ManagedChannel channel;
  private final Which which;
  private volatile ModelSpec spec;
  private final Duration patience;

  /**
   * @param patience for one answer
   */
  public GrpcClient(String host, int port, Which which, Duration patience) {
    Logs.makeReady(); // For Netty, which has a log of its own.
    this.channel =
        NettyChannelBuilder.forAddress(host, port)
            .usePlaintext()
            .withOption(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) ModelClient.connecting(patience).toMillis())
            .maxInboundMessageSize(MOST_BYTES)
            .build();
    ModelSpec.Builder named =
        ModelSpec.newBuilder().setName(which.model()).setSignatureName(which.signature());
    which.version().ifPresent(version -> named.setVersion(Int64Value.of(version)));
    which.label().ifPresent(named::setVersionLabel);
    this.which = which;
    this.spec = named.build();
    this.patience = patience;
  }

  @Override
  public List<byte[]> png(long[] seeds, ConditionRows conditions) {
    PredictRequest.Builder request =
        PredictRequest.newBuilder().setModelSpec(spec).putInputs("seed", seeds(seeds));
    conditions.columns().forEach((name, rows) -> request.putInputs(name, column(rows)));
    PredictResponse response = call(ServingApi.PREDICT, request.build());
    TensorProto images = response.getOutputsMap().get("image_bytes");
    if (images == null || images.getStringValCount() != seeds.length) {
      throw new ServerError("it answers without an image for each seed", null);
    }
    return images.getStringValList().stream().map(ByteString::toByteArray).toList();
  }

  @Override
  public Map<String, Input> inputs() {
    GetModelMetadataRequest request =
        GetModelMetadataRequest.newBuilder()
            .setModelSpec(spec.toBuilder().clearSignatureName())
            .addMetadataField(SIGNATURES)
            .build();
    GetModelMetadataResponse response = call(ServingApi.GET_MODEL_METADATA, request);
    Map<String, Input> inputs = new TreeMap<>();
    try {
      SignatureDefMap signatures =
          response
              .getMetadataOrDefault(SIGNATURES, Any.getDefaultInstance())
              .unpack(SignatureDefMap.class);
      String pictures =
          ModelClient.requirePictures(signatures.getSignatureDefMap().keySet(), which);
      spec = spec.toBuilder().setSignatureName(pictures).build();
      signatures
          .getSignatureDefOrDefault(pictures, SignatureDef.getDefaultInstance())
          .getInputsMap()
          .forEach(
              (name, in) -> inputs.put(name, new Input(in.getDtype(), shape(in.getTensorShape()))));
    } catch (InvalidProtocolBufferException e) {
      throw new ServerError("it answers without its signatures", e);
    }
    return inputs;
  }

  private static Shape shape(TensorShapeProto shape) {
    return Shape.of(shape.getDimList().stream().mapToLong(TensorShapeProto.Dim::getSize).toArray());
  }

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.enterIdle(); // Else it would refuse for up to two minutes, without an attempt.
    }
    try {
      return ClientCalls.blockingUnaryCall(
          channel,
          method,
          CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS),
          request);
    } catch (StatusRuntimeException e) {
      throw error(e);
    }
  }

  /** Of what kept an answer from coming, or of what the server says. */
  static ServerError error(StatusRuntimeException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      Optional<String> noConnection = ModelClient.noConnection(cause);
      if (noConnection.isPresent()) {
        return new ServerError(noConnection.get(), e);
      }
      if (cause instanceof Http2Exception) {
        return new ServerError(
            "what answers there is not gRPC; it may be REST: http://HOST:PORT", e);
      }
    }
    Status.Code code = e.getStatus().getCode();
    String detail = Objects.requireNonNullElse(e.getStatus().getDescription(), "");
    // What a server says comes without a cause: with one, the connection has broken.
    boolean broken = code == Status.Code.UNAVAILABLE && e.getCause() != null;
    Remedy remedy = broken ? Remedy.SERVER : Remedy.of(code, detail);
    return new ServerError(code + (detail.isEmpty() ? "" : ": " + detail), remedy, e);
  }

  private static TensorProto seeds(long[] seeds) {
    TensorProto.Builder tensor = tensor(DataType.DT_INT64, Shape.of(seeds.length));
    for (long seed : seeds) {
      tensor.addInt64Val(seed);
    }
    return tensor.build();
  }

  private static TensorProto column(ConditionRows.Column column) {
    if (column instanceof ConditionRows.Ints ints) {
      TensorProto.Builder tensor = tensor(DataType.DT_INT32, ints.shape());
      for (int value : ints.values()) {
        tensor.addIntVal(value);
      }
      return tensor.build();
    }
    ConditionRows.Floats floats = (ConditionRows.Floats) column;
    TensorProto.Builder tensor = tensor(DataType.DT_FLOAT, floats.shape());
    for (float value : floats.values()) {
      tensor.addFloatVal(value);
    }
    return tensor.build();
  }

  private static TensorProto.Builder tensor(DataType type, Shape shape) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(type);
    for (long size : shape.asArray()) {
      tensor.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return tensor;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
