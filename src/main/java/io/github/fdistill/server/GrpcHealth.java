package io.github.fdistill.server;

import io.github.fdistill.Logs;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.GrpcOwn;
import io.github.fdistill.wire.HealthCheckRequest;
import io.github.fdistill.wire.HealthCheckResponse;
import io.github.fdistill.wire.HealthCheckResponse.ServingStatus;
import io.github.fdistill.wire.ServingApi;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Logger;

/**
 * gRPC's health service: the server, and each service that it has, serves where every model can be
 * asked. Who watches is told the state at once, and within about a second when it is another.
 */
final class GrpcHealth implements AutoCloseable {
  private static final Logger LOG = Logs.of(GrpcHealth.class);
  private static final long MILLIS_BETWEEN_LOOKS = 500;

  private final Runnable check;
  private final Set<String> services = new HashSet<>(Set.of(""));
  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock;

  /**
   * @param check throws where a model cannot be asked
   * @param threads of the looks
   */
  GrpcHealth(Runnable check, ThreadFactory threads) {
    this.check = check;
    GrpcOwn.SERVING.forEach(
        file -> file.getServices().forEach(service -> services.add(service.getFullName())));
    clock = Executors.newSingleThreadScheduledExecutor(threads);
    clock.scheduleWithFixedDelay(
        this::look, MILLIS_BETWEEN_LOOKS, MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS);
  }

  /**
   * The state of a service.
   *
   * @throws ApiException where there is none of that name
   */
  HealthCheckResponse check(HealthCheckRequest request) {
    if (!services.contains(request.getService())) {
      throw new ApiException(Status.Code.NOT_FOUND, "unknown service");
    }
    return answer(state());
  }

  private ServingStatus state() {
    try {
      check.run();
      return ServingStatus.SERVING;
    } catch (ApiException e) {
      return ServingStatus.NOT_SERVING;
    }
  }

  private static HealthCheckResponse answer(ServingStatus state) {
    return HealthCheckResponse.newBuilder().setStatus(state).build();
  }

  /** Watch, whose answers have no end. */
  ServerMethodDefinition<byte[], HealthCheckResponse> watch() {
    return ServerMethodDefinition.create(
        ServingApi.ofBytes(GrpcOwn.WATCH), ServerCalls.asyncServerStreamingCall(this::begin));
  }

  private void begin(byte[] bytes, StreamObserver<HealthCheckResponse> to) {
    HealthCheckRequest request;
    try {
      request = ServingApi.request(GrpcOwn.WATCH, bytes);
    } catch (ApiException e) {
      to.onError(GrpcApi.status(e));
      return;
    }
    ServerCallStreamObserver<HealthCheckResponse> call =
        (ServerCallStreamObserver<HealthCheckResponse>) to;
    Watch watch = new Watch(services.contains(request.getService()), call);
    call.setOnCancelHandler(() -> watches.remove(watch));
    watches.add(watch);
    watch.tell(state());
    if (clock.isShutdown()) {
      watch.end();
    }
  }

  /** An error that comes through ends no later look. */
  private void look() {
    try {
      if (!watches.isEmpty()) {
        ServingStatus state = state();
        watches.forEach(watch -> watch.tell(state));
      }
    } catch (RuntimeException | Error e) {
      LOG.warn("Who watches the server's health could not be told of it", e);
    }
  }

  /** Who watches is told that nothing is served any more. */
  @Override
  public void close() {
    clock.shutdownNow();
    watches.forEach(Watch::end);
  }

  private static final class Watch {
    private final boolean known;
    private final ServerCallStreamObserver<HealthCheckResponse> to;
    private ServingStatus told = ServingStatus.UNKNOWN;
    private boolean ended;

    private Watch(boolean known, ServerCallStreamObserver<HealthCheckResponse> to) {
      this.known = known;
      this.to = to;
    }

    /** A client that does not read is told later. */
    private synchronized void tell(ServingStatus state) {
      ServingStatus now = known ? state : ServingStatus.SERVICE_UNKNOWN;
      if (!ended && now != told && to.isReady()) {
        told = now;
        to.onNext(answer(now));
      }
    }

    private synchronized void end() {
      tell(ServingStatus.NOT_SERVING);
      if (!ended) {
        ended = true;
        to.onError(Status.UNAVAILABLE.withDescription("the server ends").asException());
      }
    }
  }
}
