package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.ServingApi;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The gRPC services: PredictionService and ModelService. */
final class GrpcApi {
  private static final Logger LOG = LogManager.getLogger(GrpcApi.class);

  private final Predictions predictions;
  private final Metrics metrics;

  GrpcApi(Predictions predictions, Metrics metrics) {
    this.predictions = predictions;
    this.metrics = metrics;
  }

  List<ServerServiceDefinition> services() {
    return List.of(
        ServerServiceDefinition.builder("tensorflow.serving.PredictionService")
            .addMethod(
                ServingApi.PREDICT,
                ServerCalls.asyncUnaryCall(
                    (request, to) ->
                        answer(
                            ServingApi.PREDICT,
                            request.getModelSpec().getName(),
                            to,
                            () -> predictions.predict(request))))
            .addMethod(
                ServingApi.GET_MODEL_METADATA,
                ServerCalls.asyncUnaryCall(
                    (request, to) ->
                        answer(
                            ServingApi.GET_MODEL_METADATA,
                            request.getModelSpec().getName(),
                            to,
                            () -> done(predictions::metadata, request))))
            .build(),
        ServerServiceDefinition.builder("tensorflow.serving.ModelService")
            .addMethod(
                ServingApi.GET_MODEL_STATUS,
                ServerCalls.asyncUnaryCall(
                    (request, to) ->
                        answer(
                            ServingApi.GET_MODEL_STATUS,
                            request.getModelSpec().getName(),
                            to,
                            () -> done(predictions::status, request))))
            .build());
  }

  private interface Work<A> {
    CompletableFuture<A> begin();
  }

  private static <Q, A> CompletableFuture<A> done(Function<Q, A> work, Q request) {
    return CompletableFuture.completedFuture(work.apply(request));
  }

  private <Q, A> void answer(
      MethodDescriptor<Q, A> method, String model, StreamObserver<A> to, Work<A> work) {
    long start = System.nanoTime();
    CompletableFuture<A> answer;
    try {
      answer = work.begin();
    } catch (RuntimeException | OutOfMemoryError e) {
      answer = CompletableFuture.failedFuture(e);
    }
    // A client that has gone is computed for no more, where the batch has not begun.
    CompletableFuture<A> pending = answer;
    if (to instanceof ServerCallStreamObserver<A> call) {
      call.setOnCancelHandler(() -> pending.cancel(false));
    }
    answer.whenComplete(
        (response, error) -> {
          Status.Code code = Status.Code.OK;
          if (error != null) {
            ApiException told = Predictions.told(error);
            code = told.code();
            if (code == Status.Code.INTERNAL) {
              LOG.warn("{} fails", method.getFullMethodName(), error);
            }
            to.onError(Status.fromCode(code).withDescription(told.getMessage()).asException());
          } else {
            to.onNext(response);
            to.onCompleted();
          }
          if (predictions.knows(model)) {
            metrics.request(model, "gRPC", code, System.nanoTime() - start);
          }
        });
  }
}
