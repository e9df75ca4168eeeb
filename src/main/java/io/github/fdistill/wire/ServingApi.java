package io.github.fdistill.wire;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;

/** The calls of TensorFlow Serving's gRPC services that are known here. */
public final class ServingApi {
  private static final String PREDICTION = "tensorflow.serving.PredictionService";
  private static final String MODEL = "tensorflow.serving.ModelService";

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

  private ServingApi() {}

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> unary(
      String service, String method, Q request, A response) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service, method))
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(response))
        .build();
  }
}
