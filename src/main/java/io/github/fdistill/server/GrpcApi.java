package io.github.fdistill.server;

import io.github.fdistill.Logs;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.ClassificationRequest;
import io.github.fdistill.wire.GrpcOwn;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.RegressionRequest;
import io.github.fdistill.wire.ReloadConfigRequest;
import io.github.fdistill.wire.ServingApi;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.logging.log4j.Logger;

/** The gRPC services: PredictionService and ModelService. */
final class GrpcApi {
  private static final Logger LOG = Logs.of(GrpcApi.class);

  /** Clients take headers of 8 KiB in all. */
  private static final int MOST_BYTES = 7_000;

  /** Three of UTF-8, each as a percent sign and two digits. */
  private static final int BYTES_OF_OTHERS = 9;

  private final Predictions predictions;
  private final PrometheusCounts metrics;

  GrpcApi(Predictions predictions, PrometheusCounts metrics) {
    this.predictions = predictions;
    this.metrics = metrics;
  }

  List<ServerServiceDefinition> services() {
    return List.of(
        ServerServiceDefinition.builder("tensorflow.serving.PredictionService")
            .addMethod(
                method(
                    ServingApi.CLASSIFY,
                    ClassificationRequest::getModelSpec,
                    request ->
                        told(
                            request.hasModelSpec(),
                            () -> predictions.noClassifier(request.getModelSpec()))))
            .addMethod(
                method(
                    ServingApi.REGRESS,
                    RegressionRequest::getModelSpec,
                    request ->
                        told(
                            request.hasModelSpec(),
                            () -> predictions.noRegressor(request.getModelSpec()))))
            .addMethod(
                method(
                    ServingApi.MULTI_INFERENCE,
                    request -> ModelSpec.getDefaultInstance(),
                    request -> told(true, () -> predictions.noTasks(request))))
            .addMethod(
                method(ServingApi.PREDICT, PredictRequest::getModelSpec, predictions::predict))
            .addMethod(
                method(
                    ServingApi.GET_MODEL_METADATA,
                    request -> ModelSpec.getDefaultInstance(),
                    request -> done(predictions.metadata(request))))
            .build(),
        ServerServiceDefinition.builder("tensorflow.serving.ModelService")
            .addMethod(
                method(
                    ServingApi.GET_MODEL_STATUS,
                    request -> ModelSpec.getDefaultInstance(),
                    request -> done(predictions.status(request))))
            .addMethod(
                method(
                    ServingApi.RELOAD_CONFIG,
                    request -> ModelSpec.getDefaultInstance(),
                    request -> told(true, () -> notReloaded(request))))
            .build());
  }

  /** gRPC's health service. */
  ServerServiceDefinition health(GrpcHealth health) {
    return ServerServiceDefinition.builder(GrpcOwn.CHECK.getServiceName())
        .addMethod(
            method(
                GrpcOwn.CHECK,
                request -> ModelSpec.getDefaultInstance(),
                request -> done(health.check(request))))
        .addMethod(health.watch())
        .build();
  }

  /** An answer that is what is wrong with the request. */
  private static <A> CompletableFuture<A> told(boolean named, Supplier<ApiException> wrong) {
    throw named ? wrong.get() : ApiException.invalid("Missing ModelSpec");
  }

  /** The models are those that the server was started with. */
  private static ApiException notReloaded(ReloadConfigRequest request) {
    return request.getConfig().hasModelConfigList()
        ? new ApiException(
            Status.Code.UNIMPLEMENTED,
            "the models are those that the server was started with; write models.config anew")
        : ApiException.invalid(
            "ServerModelConfig type not supported by HandleReloadConfigRequest. Only"
                + " ModelConfigList is currently supported");
  }

  /**
   * @param spec of the model that a prediction is asked of, and counted for; of no name in other
   *     requests, which TensorFlow Serving does not count either
   */
  private <Q, A> ServerMethodDefinition<byte[], A> method(
      MethodDescriptor<Q, A> call,
      Function<Q, ModelSpec> spec,
      Function<Q, CompletableFuture<A>> work) {
    return ServerMethodDefinition.create(
        ServingApi.ofBytes(call),
        ServerCalls.asyncUnaryCall(
            (bytes, to) -> {
              Q request;
              try {
                request = ServingApi.request(call, bytes);
              } catch (ApiException e) {
                to.onError(status(e));
                return;
              }
              answer(call, spec.apply(request).getName(), to, () -> work.apply(request));
            }));
  }

  static StatusException status(ApiException e) {
    return Status.fromCode(e.code()).withDescription(fitting("" + e.getMessage())).asException();
  }

  /**
   * As much of a text as a client takes: it stands in a header, where others than ASCII are long.
   */
  private static String fitting(String words) {
    int bytes = 0;
    for (int i = 0; i < words.length(); i++) {
      char letter = words.charAt(i);
      bytes += ' ' <= letter && letter <= '~' && letter != '%' ? 1 : BYTES_OF_OTHERS;
      if (bytes > MOST_BYTES) {
        return words.substring(0, i) + "...";
      }
    }
    return words;
  }

  private interface Work<A> {
    CompletableFuture<A> begin();
  }

  private static <A> CompletableFuture<A> done(A answer) {
    return CompletableFuture.completedFuture(answer);
  }

  private <Q, A> void answer(
      MethodDescriptor<Q, A> method, String model, StreamObserver<A> to, Work<A> work) {
    long start = System.nanoTime();
    CompletableFuture<A> answer;
    try {
      answer = work.begin();
    } catch (RuntimeException | Error e) {
      answer = CompletableFuture.failedFuture(e);
    }
    // A client that has gone is computed for no more, where the batch has not begun.
    CompletableFuture<A> pending = answer;
    if (to instanceof ServerCallStreamObserver<A> call) {
      call.setOnCancelHandler(() -> pending.cancel(false));
    }
    answer.whenComplete(
        (response, error) -> {
          ApiException told = error == null ? null : Predictions.asApiException(error);
          Status.Code code = told == null ? Status.Code.OK : told.code();
          if (predictions.knows(model)) { // Before it is answered: who hears may look at the count.
            String api = method.getBareMethodName();
            metrics.request(model, api, "GRPC", code, System.nanoTime() - start);
          }
          if (told == null) {
            to.onNext(response);
            to.onCompleted();
            return;
          }
          if (code == Status.Code.INTERNAL) {
            LOG.warn("{} fails", method.getFullMethodName(), error);
          }
          to.onError(status(told));
        });
  }
}
