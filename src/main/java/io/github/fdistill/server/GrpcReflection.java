package io.github.fdistill.server;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.FileDescriptorResponse;
import io.github.fdistill.wire.GrpcOwn;
import io.github.fdistill.wire.HealthCheckRequest;
import io.github.fdistill.wire.ListServiceResponse;
import io.github.fdistill.wire.ServerReflectionRequest;
import io.github.fdistill.wire.ServerReflectionResponse;
import io.github.fdistill.wire.ServiceResponse;
import io.github.fdistill.wire.ServingApi;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * gRPC's server reflection: which services there are, and what their messages are. With it tools
 * such as grpcurl ask without .proto files.
 */
final class GrpcReflection {
  private final Map<String, FileDescriptor> files = new LinkedHashMap<>();

  /** The files of services, methods, messages and enums, by their full names. */
  private final Map<String, FileDescriptor> symbols = new TreeMap<>();

  private final TreeSet<String> services = new TreeSet<>();

  /**
   * @param health whether the server has gRPC's health service
   */
  GrpcReflection(boolean health) {
    List<FileDescriptor> described = new ArrayList<>(GrpcOwn.SERVING);
    described.add(ServerReflectionRequest.getDescriptor().getFile());
    if (health) {
      described.add(HealthCheckRequest.getDescriptor().getFile());
    }
    for (FileDescriptor file : described) {
      file.getServices().forEach(service -> services.add(service.getFullName()));
      add(file);
    }
  }

  private void add(FileDescriptor file) {
    if (files.putIfAbsent(file.getName(), file) == null) {
      file.getMessageTypes().forEach(this::add);
      file.getEnumTypes().forEach(type -> symbols.put(type.getFullName(), file));
      file.getServices().forEach(this::add);
      file.getDependencies().forEach(this::add);
    }
  }

  private void add(Descriptor type) {
    symbols.put(type.getFullName(), type.getFile());
    type.getNestedTypes().forEach(this::add);
    type.getEnumTypes().forEach(inner -> symbols.put(inner.getFullName(), type.getFile()));
  }

  private void add(ServiceDescriptor service) {
    symbols.put(service.getFullName(), service.getFile());
    service.getMethods().forEach(call -> symbols.put(call.getFullName(), service.getFile()));
  }

  List<ServerServiceDefinition> services() {
    return GrpcOwn.REFLECTION.stream()
        .map(
            call ->
                ServerServiceDefinition.builder(call.getServiceName())
                    .addMethod(
                        ServerMethodDefinition.create(
                            ServingApi.ofBytes(call),
                            ServerCalls.asyncBidiStreamingCall(to -> questions(call, to))))
                    .build())
        .toList();
  }

  /** Answers one after another: the next question is taken when the last answer is on its way. */
  private StreamObserver<byte[]> questions(
      MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method,
      StreamObserver<ServerReflectionResponse> to) {
    ServerCallStreamObserver<ServerReflectionResponse> call =
        (ServerCallStreamObserver<ServerReflectionResponse>) to;
    call.disableAutoRequest();
    call.setOnCancelHandler(() -> {}); // What is answered then goes nowhere.
    boolean[] waits = {true}; // For the first one too. A call's events come one by one.
    Runnable next =
        () -> {
          if (waits[0] && call.isReady()) {
            waits[0] = false;
            call.request(1);
          }
        };
    call.setOnReadyHandler(next);
    return new StreamObserver<>() {
      private boolean ended;

      @Override
      public void onNext(byte[] bytes) {
        if (ended) {
          return;
        }
        try {
          call.onNext(answer(ServingApi.request(method, bytes)));
        } catch (ApiException e) {
          ended = true;
          call.onError(GrpcApi.status(e));
          return;
        }
        waits[0] = true;
        next.run();
      }

      @Override
      public void onError(Throwable gone) {
        ended = true;
      }

      @Override
      public void onCompleted() {
        if (!ended) {
          call.onCompleted();
        }
      }
    };
  }

  private ServerReflectionResponse answer(ServerReflectionRequest asked) {
    ServerReflectionResponse.Builder answer =
        ServerReflectionResponse.newBuilder()
            .setValidHost(asked.getHost())
            .setOriginalRequest(asked);
    switch (asked.getMessageRequestCase()) {
      case LIST_SERVICES -> answer.setListServicesResponse(listed());
      case FILE_BY_FILENAME ->
          described(answer, files.get(asked.getFileByFilename()), asked.getFileByFilename());
      case FILE_CONTAINING_SYMBOL ->
          described(
              answer,
              symbols.get(asked.getFileContainingSymbol()),
              asked.getFileContainingSymbol());
      case FILE_CONTAINING_EXTENSION ->
          described(answer, null, asked.getFileContainingExtension().getContainingType());
      case ALL_EXTENSION_NUMBERS_OF_TYPE ->
          extensions(answer, asked.getAllExtensionNumbersOfType());
      case MESSAGEREQUEST_NOT_SET ->
          refused(answer, Status.Code.INVALID_ARGUMENT, "nothing is asked for");
    }
    return answer.build();
  }

  private ListServiceResponse listed() {
    ListServiceResponse.Builder list = ListServiceResponse.newBuilder();
    services.forEach(name -> list.addService(ServiceResponse.newBuilder().setName(name)));
    return list.build();
  }

  private static void described(
      ServerReflectionResponse.Builder answer, FileDescriptor file, String asked) {
    if (file == null) {
      refused(answer, Status.Code.NOT_FOUND, "not known: " + asked);
      return;
    }
    Map<String, FileDescriptor> whole = new LinkedHashMap<>();
    collect(file, whole);
    FileDescriptorResponse.Builder all = FileDescriptorResponse.newBuilder();
    whole.values().forEach(each -> all.addFileDescriptorProto(each.toProto().toByteString()));
    answer.setFileDescriptorResponse(all);
  }

  private static void collect(FileDescriptor file, Map<String, FileDescriptor> whole) {
    if (whole.putIfAbsent(file.getName(), file) == null) {
      file.getDependencies().forEach(each -> collect(each, whole));
    }
  }

  /** No message here has extensions. */
  private void extensions(ServerReflectionResponse.Builder answer, String type) {
    if (symbols.containsKey(type)) {
      answer.getAllExtensionNumbersResponseBuilder().setBaseTypeName(type);
    } else {
      refused(answer, Status.Code.NOT_FOUND, "not known: " + type);
    }
  }

  private static void refused(
      ServerReflectionResponse.Builder answer, Status.Code code, String why) {
    answer.getErrorResponseBuilder().setErrorCode(code.value()).setErrorMessage(why);
  }
}
