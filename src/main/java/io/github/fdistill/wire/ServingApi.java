package io.github.fdistill.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.MessageWeight;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The calls of TensorFlow Serving's gRPC services that are known here. */
public final class ServingApi {
  private static final String PREDICTION = "tensorflow.serving.PredictionService";
  private static final String MODEL = "tensorflow.serving.ModelService";

  private static final long MOST_HELD = FileKind.REQUEST.mostHeld(FileKind.REQUEST.mostBytes());

  /** PredictionService.Predict */
  public static final MethodDescriptor<PredictRequest, PredictResponse> PREDICT =
      unary(
          PREDICTION,
          "Predict",
          PredictRequest.getDefaultInstance(),
          PredictResponse.getDefaultInstance());

  /** PredictionService.GetModelMetadata */
  public static final MethodDescriptor<GetModelMetadataRequest, GetModelMetadataResponse>
      GET_MODEL_METADATA =
          unary(
              PREDICTION,
              "GetModelMetadata",
              GetModelMetadataRequest.getDefaultInstance(),
              GetModelMetadataResponse.getDefaultInstance());

  /** ModelService.GetModelStatus */
  public static final MethodDescriptor<GetModelStatusRequest, GetModelStatusResponse>
      GET_MODEL_STATUS =
          unary(
              MODEL,
              "GetModelStatus",
              GetModelStatusRequest.getDefaultInstance(),
              GetModelStatusResponse.getDefaultInstance());

  /** PredictionService.Classify */
  public static final MethodDescriptor<ClassificationRequest, ClassificationResponse> CLASSIFY =
      unary(
          PREDICTION,
          "Classify",
          ClassificationRequest.getDefaultInstance(),
          ClassificationResponse.getDefaultInstance());

  /** PredictionService.Regress */
  public static final MethodDescriptor<RegressionRequest, RegressionResponse> REGRESS =
      unary(
          PREDICTION,
          "Regress",
          RegressionRequest.getDefaultInstance(),
          RegressionResponse.getDefaultInstance());

  /** PredictionService.MultiInference */
  public static final MethodDescriptor<MultiInferenceRequest, MultiInferenceResponse>
      MULTI_INFERENCE =
          unary(
              PREDICTION,
              "MultiInference",
              MultiInferenceRequest.getDefaultInstance(),
              MultiInferenceResponse.getDefaultInstance());

  /** ModelService.HandleReloadConfigRequest */
  public static final MethodDescriptor<ReloadConfigRequest, ReloadConfigResponse> RELOAD_CONFIG =
      unary(
          MODEL,
          "HandleReloadConfigRequest",
          ReloadConfigRequest.getDefaultInstance(),
          ReloadConfigResponse.getDefaultInstance());

  /** Stands for a message that cannot be unpacked; known by being this one. */
  private static final byte[] DAMAGED = {};

  /** Stands for one that is too large when it is unpacked. */
  private static final byte[] TOO_LARGE = {};

  private ServingApi() {}

  /**
   * The call with its requests as bytes, which {@link #request} reads: gRPC would answer bytes that
   * are no message, or cannot be unpacked, with UNKNOWN, and log each with a stack trace.
   */
  public static <Q, A> MethodDescriptor<byte[], A> ofBytes(MethodDescriptor<Q, A> call) {
    return call.toBuilder(new Bytes(), call.getResponseMarshaller()).build();
  }

  /**
   * A request out of its bytes.
   *
   * @throws ApiException when they are none, could not be unpacked, or are more, or would take more
   *     memory, than there is room for
   */
  public static <Q, A> Q request(MethodDescriptor<Q, A> call, byte[] bytes) {
    String name = call.getFullMethodName();
    if (bytes == DAMAGED) {
      throw ApiException.invalid("a compressed message of " + name + " is damaged");
    }
    if (bytes == TOO_LARGE) {
      throw new ApiException(
          Status.Code.RESOURCE_EXHAUSTED,
          "a compressed message of " + name + " is larger than is taken");
    }
    try {
      requireLight(call, bytes);
      return call.parseRequest(new ByteArrayInputStream(bytes));
    } catch (StatusRuntimeException e) {
      throw ApiException.invalid("the bytes are no message of " + name);
    }
  }

  /** A message of two bytes is an object of sixty. */
  private static void requireLight(MethodDescriptor<?, ?> call, byte[] bytes) {
    if (call.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<?> marshaller
        && marshaller.getMessagePrototype() instanceof Message message) {
      try {
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        MessageWeight.require(in, message.getDescriptorForType(), MOST_HELD);
      } catch (IOException e) {
        throw ApiException.invalid(
            "the bytes are no message of "
                + call.getFullMethodName()
                + ": "
                + DiskRefusal.reason(e));
      }
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try (stream) {
        return stream.readAllBytes();
      } catch (IOException e) {
        return DAMAGED;
      } catch (StatusRuntimeException e) { // gRPC's word for what grows beyond the limit.
        return TOO_LARGE;
      }
    }
  }

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> unary(
      String service, String method, Q request, A response) {
    return call(MethodDescriptor.MethodType.UNARY, service, method, request, response);
  }

  static <Q extends Message, A extends Message> MethodDescriptor<Q, A> call(
      MethodDescriptor.MethodType type, String service, String method, Q request, A response) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service, method))
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(response))
        .build();
  }
}
