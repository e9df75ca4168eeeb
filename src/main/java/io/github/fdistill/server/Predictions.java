package io.github.fdistill.server;

import com.google.protobuf.Any;
import com.google.protobuf.Int64Value;
import io.github.fdistill.hosting.Late;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.GetModelMetadataRequest;
import io.github.fdistill.wire.GetModelMetadataResponse;
import io.github.fdistill.wire.GetModelStatusRequest;
import io.github.fdistill.wire.GetModelStatusResponse;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.InferenceTask;
import io.github.fdistill.wire.JsonRequest;
import io.github.fdistill.wire.JsonResponse;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.MultiInferenceRequest;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import io.github.fdistill.wire.SignatureDefMap;
import io.github.fdistill.wire.TensorProtos;
import io.grpc.Status;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorProto;

/** What the models answer, whichever way a request came. */
final class Predictions {
  private static final String SIGNATURES = "signature_def";
  private static final String DEFAULT = "serving_default";
  private static final String CLASSIFY = "tensorflow/serving/classify";
  private static final String REGRESS = "tensorflow/serving/regress";

  private final Map<String, Model> models;
  private final Limits limits;
  private final Executor workers;
  private final UnreadAnswers unread;

  /**
   * @param models by name
   * @param workers turn results into answers
   * @param unread answers, beside which there is to be room for what is asked
   */
  Predictions(Map<String, Model> models, Limits limits, Executor workers, UnreadAnswers unread) {
    this.models = models;
    this.limits = limits;
    this.workers = workers;
    this.unread = unread;
  }

  Collection<Model> models() {
    return models.values();
  }

  /** Whether there is such a model: its name may then stand in the metrics. */
  boolean knows(String model) {
    return models.containsKey(model);
  }

  /** Asked before an answer is computed, see {@link UnreadAnswers#requireRoom}. */
  void requireRoom() {
    unread.requireRoom();
  }

  private Model model(ModelSpec spec) {
    if (spec.getName().isEmpty()) {
      throw ApiException.invalid("ModelSpec has no name specified.");
    }
    Model model = models.get(spec.getName());
    if (model == null) {
      throw Model.notFound(spec);
    }
    return model;
  }

  /** Answers with protobuf. */
  CompletableFuture<PredictResponse> predict(PredictRequest request) {
    if (!request.hasModelSpec()) {
      throw ApiException.invalid("Missing ModelSpec");
    }
    ModelSpec spec = request.getModelSpec();
    requireRoom();
    return held(
        model(spec).hold(spec),
        version -> {
          Signature signature =
              version.signature(spec.getSignatureName(), Status.Code.FAILED_PRECONDITION);
          Map<String, TensorProto> sent = request.getInputsMap();
          Set<String> taken = version.inputs(signature, sent.keySet()).keySet();
          Map<String, HostTensor> inputs = signature.read(sent, taken, limits.requestBytes());
          return written(
              version.predict(signature, inputs, signature.wanted(request.getOutputFilterList())),
              outputs -> response(version, signature, spec, outputs));
        });
  }

  private static PredictResponse response(
      ModelVersion version, Signature signature, ModelSpec spec, Map<String, HostTensor> outputs) {
    PredictResponse.Builder response =
        PredictResponse.newBuilder()
            .setModelSpec(
                ModelSpec.newBuilder()
                    .setName(spec.getName())
                    .setVersion(Int64Value.of(version.number()))
                    .setSignatureName(signature.name()));
    outputs.forEach((name, tensor) -> response.putOutputs(name, TensorProtos.write(tensor)));
    return response.build();
  }

  /** Answers a REST request's body with another. */
  CompletableFuture<String> predict(ModelSpec spec, String body) {
    requireRoom();
    return held(
        model(spec).hold(spec),
        version -> {
          JsonRequest request =
              JsonRequest.read(
                  body,
                  limits.requestBytes(),
                  (name, given) ->
                      version.inputs(version.signature(name, Status.Code.INVALID_ARGUMENT), given));
          Signature signature =
              version.signature(request.signature(), Status.Code.INVALID_ARGUMENT);
          return written(
              version.predict(signature, request.inputs(), signature.outputs().keySet()),
              outputs -> JsonResponse.of(outputs, request.byRows()));
        });
  }

  /** The answer in the form of its protocol; who cancels it is computed for no more. */
  private <T> CompletableFuture<T> written(
      CompletableFuture<Map<String, HostTensor>> computed,
      Function<Map<String, HostTensor>, T> form) {
    CompletableFuture<T> answer = computed.thenApplyAsync(form, workers);
    answer.whenComplete((result, error) -> computed.cancel(false));
    return answer;
  }

  /** Holds the version while it is at work. */
  private static <T> CompletableFuture<T> held(
      ModelVersion version, Function<ModelVersion, CompletableFuture<T>> work) {
    CompletableFuture<T> answer;
    try {
      answer = work.apply(version);
    } catch (RuntimeException | Error e) {
      version.letGo();
      throw e;
    }
    answer.whenComplete((result, error) -> version.letGo());
    return answer;
  }

  /**
   * What TensorFlow Serving says where a signature is asked for something else than it is for, as
   * every signature of ours is that is not asked to predict.
   *
   * @param kind such as {@code classification}
   * @param method such as {@code tensorflow/serving/classify}
   */
  private ApiException notFor(ModelSpec spec, String kind, String method) {
    ModelVersion version = model(spec).hold(spec);
    try {
      String name = spec.getSignatureName().isEmpty() ? DEFAULT : spec.getSignatureName();
      SignatureDef signature = version.definitions().get(name);
      if (signature == null) {
        return ApiException.invalid("No signature was found with the name: " + name);
      }
      String is = signature.getMethodName();
      return is.equals(method)
          ? new ApiException(Status.Code.UNIMPLEMENTED, "only predict is served, not " + method)
          : ApiException.invalid(
              "Expected " + kind + " signature method_name to be " + method + ". Was: " + is);
    } finally {
      version.letGo();
    }
  }

  /** What a request to classify is told. */
  ApiException noClassifier(ModelSpec spec) {
    return notFor(spec, "classification", CLASSIFY);
  }

  /** What a request to regress is told. */
  ApiException noRegressor(ModelSpec spec) {
    return notFor(spec, "regression", REGRESS);
  }

  /** What a request of several tasks is told: what is wrong with the first of them. */
  ApiException noTasks(MultiInferenceRequest request) {
    InferenceTask first =
        request.getTasksCount() > 0 ? request.getTasks(0) : InferenceTask.getDefaultInstance();
    ModelSpec spec = first.getModelSpec();
    model(spec).hold(spec).letGo();
    return switch (first.getMethodName()) {
      case CLASSIFY -> noClassifier(spec);
      case REGRESS -> noRegressor(spec);
      default ->
          new ApiException(
              Status.Code.UNIMPLEMENTED,
              "Unsupported signature method_name: " + first.getMethodName());
    };
  }

  /** The signatures of a version. */
  GetModelMetadataResponse metadata(GetModelMetadataRequest request) {
    if (!request.hasModelSpec()) {
      throw ApiException.invalid("Missing ModelSpec");
    }
    if (request.getMetadataFieldCount() == 0) {
      throw ApiException.invalid(
          "GetModelMetadataRequest must specify at least one metadata_field");
    }
    for (String field : request.getMetadataFieldList()) {
      if (!field.equals(SIGNATURES)) {
        throw ApiException.invalid("Metadata field " + field + " is not supported");
      }
    }
    ModelSpec spec = request.getModelSpec();
    ModelVersion version = model(spec).hold(spec);
    try {
      SignatureDefMap signatures =
          SignatureDefMap.newBuilder().putAllSignatureDef(version.definitions()).build();
      return GetModelMetadataResponse.newBuilder()
          .setModelSpec(
              ModelSpec.newBuilder()
                  .setName(spec.getName())
                  .setVersion(Int64Value.of(version.number())))
          .putMetadata(SIGNATURES, Any.pack(signatures))
          .build();
    } finally {
      version.letGo();
    }
  }

  /** Which versions there are, and how they are. */
  GetModelStatusResponse status(GetModelStatusRequest request) {
    if (!request.hasModelSpec()) {
      throw ApiException.invalid("Missing ModelSpec");
    }
    ModelSpec spec = request.getModelSpec();
    Model model = models.get(spec.getName());
    if (model == null) {
      throw new ApiException(
          Status.Code.NOT_FOUND, "Could not find any versions of model " + spec.getName());
    }
    return GetModelStatusResponse.newBuilder().addAllModelVersionStatus(model.status(spec)).build();
  }

  /** What went wrong, as a client is told. */
  static ApiException asApiException(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    if (cause instanceof TimeoutException) {
      return Late.inTheSession();
    }
    if (cause instanceof CancellationException) {
      return new ApiException(Status.Code.CANCELLED, "the client has gone");
    }
    return ApiException.of(cause);
  }
}
