package io.github.fdistill.hosting;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.github.fdistill.device.DeviceChoice;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What a {@link ModelProcess} does with its calls: loads one version, then runs it. */
final class ModelService {
  private final DataOutputStream answers;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "call");
            thread.setDaemon(true);
            return thread;
          });
  private volatile HostedModel model;

  ModelService(DataOutputStream answers) {
    this.answers = answers;
  }

  /**
   * Answers calls until there are no more; those that are open then are answered no more.
   *
   * @throws IOException when what comes is no call, or nobody takes the answers
   */
  void serve(DataInputStream calls) throws IOException {
    for (Optional<byte[]> next = Frames.read(calls); next.isPresent(); next = Frames.read(calls)) {
      ModelCall call = ModelCall.parseFrom(next.get());
      threads.execute(() -> send(answer(call)));
    }
  }

  private void send(ModelAnswer answer) {
    ModelAnswer sent = answer;
    try {
      Frames.requireFit(answer.getSerializedSize());
    } catch (ApiException e) {
      sent = failed(e).setId(answer.getId()).build();
    }
    try {
      synchronized (answers) {
        Frames.write(answers, sent);
      }
    } catch (IOException e) {
      // The server has gone, which the end of its calls tells too.
    }
  }

  private ModelAnswer answer(ModelCall call) {
    ModelAnswer.Builder answer;
    try {
      answer =
          switch (call.getWhatCase()) {
            case LOAD -> load(call.getLoad());
            case RUN -> run(call.getRun());
            case DRAW -> draw(call.getDraw());
            default -> throw ApiException.invalid("an unknown call");
          };
    } catch (InterruptedException | RuntimeException | Error e) {
      answer = failed(e);
    }
    return answer.setId(call.getId()).build();
  }

  private static ModelAnswer.Builder failed(Throwable error) {
    ApiException told = ApiException.of(error);
    return ModelAnswer.newBuilder().setCode(told.code().value()).setError("" + told.getMessage());
  }

  private ModelAnswer.Builder load(LoadCall call) throws InterruptedException {
    Sessions.use(DeviceChoice.valueOf(call.getDevice())); // Held until the process ends.
    if (call.getOneLane()) {
      Sessions.useOneLane();
    }
    try {
      model = ModelHere.load(Path.of(call.getFolder()), call.getMostBytes());
    } catch (NotLoaded e) {
      throw ApiException.invalid(e.getMessage());
    }
    return ModelAnswer.newBuilder().setLoaded(model.loaded());
  }

  private ModelAnswer.Builder run(RunCall call) {
    Map<String, HostTensor> outputs =
        model.run(
            call.getSignature(),
            PipedTensors.read(call.getInputsMap()),
            call.getOutputsList(),
            Duration.ofMillis(call.getMilliseconds()));
    return ModelAnswer.newBuilder().putAllOutputs(PipedTensors.write(outputs));
  }

  private ModelAnswer.Builder draw(DrawCall call) {
    long[] seeds = call.getSeedsList().stream().mapToLong(Long::longValue).toArray();
    List<byte[]> images =
        model.draw(
            seeds,
            PipedTensors.conditions(seeds.length, call.getConditionsMap()),
            call.getGuidance(),
            Duration.ofMillis(call.getMilliseconds()));
    Frames.requireFit(images.stream().mapToLong(image -> image.length).sum());
    List<ByteString> bytes = images.stream().map(UnsafeByteOperations::unsafeWrap).toList();
    return ModelAnswer.newBuilder().addAllImages(bytes);
  }
}
