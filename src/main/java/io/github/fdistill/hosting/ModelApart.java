package io.github.fdistill.hosting;

import com.google.protobuf.ByteString;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.logging.log4j.Logger;

/**
 * A version in a process of its own. When that crashes, who has asked it is told so, and it is
 * started again after a while; after a few crashes no more.
 */
final class ModelApart implements HostedModel {
  private static final Logger LOG = Logs.of(ModelApart.class);

  /** It is not started again after so many crashes, each within {@link #FORGOTTEN} of the last. */
  static final int MOST_CRASHES = 3;

  private static final Duration FORGOTTEN = Duration.ofHours(1);

  /** Before it is started again; twice as long each time. */
  private static final Duration BACK_OFF = Duration.ofMillis(500);

  /** One that has not answered so long after it should have hangs, and is ended. */
  private static final Duration HANGS = Duration.ofMinutes(2);

  /** A process that has loaded the version. */
  private record Running(ModelProcess process, LoadedModel loaded) {}

  private final Hosting.Version version;
  private final String name;
  private final Hosting.Crashes heard;
  private final LoadedModel loaded;
  private ModelProcess process; // null while there is none.
  private boolean closed;
  private int crashes;
  private long lastCrash;

  private ModelApart(Hosting.Version version, Hosting.Crashes heard, LoadedModel loaded) {
    this.version = version;
    this.name = version.name();
    this.heard = heard;
    this.loaded = loaded;
  }

  /**
   * Starts a process that loads the version.
   *
   * @throws NotLoaded when it cannot be loaded, or TensorFlow crashes of it
   */
  static ModelApart load(Hosting.Version version, Hosting.Crashes heard)
      throws InterruptedException {
    Running first = start(version);
    ModelApart model = new ModelApart(version, heard, first.loaded);
    model.use(first.process);
    return model;
  }

  private static Running start(Hosting.Version version) throws InterruptedException {
    LoadCall call =
        LoadCall.newBuilder()
            .setFolder(version.folder().toString())
            .setMostBytes(version.mostBytes())
            .setDevice(Sessions.choice().name())
            .setOneLane(Sessions.usesOneLane())
            .build();
    ModelProcess process = new ModelProcess(version.name());
    try {
      ModelCall.Builder load = ModelCall.newBuilder().setLoad(call);
      return new Running(process, process.call(load, version.within()).getLoaded());
    } catch (Crash e) {
      throw e.isSilence()
          ? NotLoaded.within(version.folder(), version.within())
          : NotLoaded.because(version.folder(), e);
    } catch (ApiException e) {
      process.kill();
      throw new NotLoaded(e.getMessage());
    } catch (InterruptedException | RuntimeException | Error e) {
      process.kill();
      throw e;
    }
  }

  private void use(ModelProcess started) {
    synchronized (this) {
      if (closed) {
        started.kill();
        return;
      }
      process = started;
    }
    started.end().thenAccept(crash -> ended(started, crash));
  }

  private void ended(ModelProcess which, Crash crash) {
    synchronized (this) {
      if (closed || process != which) {
        return;
      }
      process = null;
    }
    if (crash.isShortage()) {
      restart(crash.getMessage(), BACK_OFF); // It does not count: the version is as good as before.
    } else {
      crashed(crash.getMessage());
    }
  }

  /** Tells, and starts it again in a thread of its own, or gives it up. */
  private void crashed(String how) {
    int count;
    synchronized (this) {
      long now = System.nanoTime();
      boolean old = crashes > 0 && now - lastCrash > FORGOTTEN.toNanos();
      crashes = old ? 1 : crashes + 1;
      lastCrash = now;
      count = crashes;
    }
    heard.crashed();
    if (count >= MOST_CRASHES) {
      heard.givenUp("its process ended " + count + " times, the last by " + how);
      return;
    }
    restart(how, BACK_OFF.multipliedBy(1L << (count - 1)));
  }

  private void restart(String how, Duration pause) {
    LOG.warn(
        "The process of {} has ended ({}); it is started again in {} ms",
        name,
        how,
        pause.toMillis());
    Thread thread = new Thread(() -> startAgain(pause), name + "-restart");
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (Error e) { // The system has no thread left.
      crashed(NotLoaded.because(version.folder(), e).getMessage());
    }
  }

  /** Whatever it fails of is one more crash. */
  private void startAgain(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
      synchronized (this) {
        if (closed) {
          return;
        }
      }
      Running again = start(version);
      if (!again.loaded.getSignaturesMap().equals(loaded.getSignaturesMap())) {
        again.process.kill();
        heard.givenUp("its process ended, and its files are others now");
        return;
      }
      use(again.process);
      LOG.info("{} is there again", name);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      crashed(NotLoaded.because(version.folder(), e).getMessage());
    }
  }

  @Override
  public LoadedModel loaded() {
    return loaded;
  }

  @Override
  public Map<String, HostTensor> run(
      String signature,
      Map<String, HostTensor> inputs,
      Collection<String> outputs,
      Duration within) {
    RunCall call =
        RunCall.newBuilder()
            .setSignature(signature)
            .putAllInputs(PipedTensors.write(inputs))
            .addAllOutputs(outputs)
            .setMilliseconds(Math.max(1, within.toMillis()))
            .build();
    Map<String, String> shapes = new TreeMap<>();
    inputs.forEach((input, tensor) -> shapes.put(input, tensor.type() + " " + tensor.shape()));
    ModelAnswer answer =
        ask(ModelCall.newBuilder().setRun(call), within, signature + " of " + shapes);
    return PipedTensors.read(answer.getOutputsMap());
  }

  @Override
  public List<byte[]> draw(
      long[] seeds, ConditionRows conditions, double guidance, Duration within) {
    DrawCall call =
        DrawCall.newBuilder()
            .addAllSeeds(Arrays.stream(seeds).boxed().toList())
            .putAllConditions(PipedTensors.write(conditions))
            .setGuidance(guidance)
            .setMilliseconds(Math.max(1, within.toMillis()))
            .build();
    String what = seeds.length + " images for the page";
    // Its network may have to be read first, which takes as long as it took to load the version.
    Duration most = within.plus(version.within());
    return ask(ModelCall.newBuilder().setDraw(call), most, what).getImagesList().stream()
        .map(ByteString::toByteArray)
        .toList();
  }

  private ModelAnswer ask(ModelCall.Builder call, Duration within, String what) {
    ModelProcess asked;
    synchronized (this) {
      asked = process;
    }
    if (asked == null) {
      throw unavailable(
          "the model's process has ended, and is being started again; ask again later");
    }
    try {
      return asked.call(call, within.plus(HANGS));
    } catch (Crash e) {
      synchronized (this) {
        if (closed) {
          throw unavailable("this version is being retired");
        }
      }
      LOG.warn("TensorFlow crashed ({}) while {} computed {}", e.getMessage(), name, what);
      throw unavailable("TensorFlow crashed while it computed this (" + e.getMessage() + ")");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiException(Status.Code.CANCELLED, "the server is ending");
    }
  }

  private static ApiException unavailable(String why) {
    return new ApiException(Status.Code.UNAVAILABLE, why);
  }

  @Override
  public synchronized boolean running() {
    return process != null;
  }

  @Override
  public void close() {
    kill();
  }

  @Override
  public void kill() {
    ModelProcess last;
    synchronized (this) {
      closed = true;
      last = process;
      process = null;
    }
    if (last != null) {
      last.kill();
    }
  }
}
