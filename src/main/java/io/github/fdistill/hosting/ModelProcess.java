package io.github.fdistill.hosting;

import io.github.fdistill.device.MemoryLimit;
import io.github.fdistill.files.ChildJava;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.wire.ApiException;
import io.grpc.Status;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A process with one version of a model in it, see {@link ModelMain}, and the pipe to it. It ends
 * when this one does, however that ends: the pipe is closed then.
 */
final class ModelProcess {
  /** Beginnings of what libraries print on stdout when the environment says so. */
  private static final List<String> TALK = List.of("ONEDNN_", "DNNL_", "MKL_");

  private static final int LAST_WORDS_SECONDS = 5;

  private final Process process;
  private final DataOutputStream calls;
  private final ProcessWords words;
  private final Map<Long, CompletableFuture<ModelAnswer>> open = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final CompletableFuture<Crash> end = new CompletableFuture<>();
  private String strayed = ""; // The beginning of what was no answer; of one thread.
  private boolean shortage; // Of the server's own memory; of the same thread.
  private volatile boolean killed;

  /**
   * Starts it, with nothing loaded.
   *
   * @param name of its threads and for messages
   * @throws NotLoaded when it cannot be started
   */
  ModelProcess(String name) {
    this(name, command(name));
  }

  private static List<String> command(String name) {
    List<String> java =
        ChildJava.answering(
            ModelMain.class.getName(),
            "-Dfdistill.model=" + name, // For who looks at processes.
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash");
    return MemoryLimit.machine(java);
  }

  /** By another command. */
  ModelProcess(String name, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    // Several processes may be on one GPU; each would take all of its memory.
    builder.environment().putIfAbsent("TF_FORCE_GPU_ALLOW_GROWTH", "true");
    builder
        .environment()
        .keySet()
        .removeIf(each -> each.endsWith("_VERBOSE") && TALK.stream().anyMatch(each::startsWith));
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new NotLoaded("no process can be started for " + name + ": " + e.getMessage());
    }
    try {
      calls = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
      words = new ProcessWords(name, process.getErrorStream());
      Thread reader = new Thread(() -> read(process.getInputStream()), name + "-answers");
      reader.setDaemon(true);
      reader.start();
    } catch (RuntimeException | Error e) { // Such as that there is no thread left.
      process.destroyForcibly();
      throw e;
    }
  }

  /** How it ends. */
  CompletableFuture<Crash> end() {
    return end;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param patience after it the process is ended: it hangs
   * @throws ApiException when it answers with an error, the call is too large, or there is no
   *     memory for the answer
   * @throws Crash when the process ends before it has answered
   * @throws InterruptedException when the caller is told to wait no longer
   */
  ModelAnswer call(ModelCall.Builder what, Duration patience) throws InterruptedException {
    ModelCall call = what.setId(ids.incrementAndGet()).build();
    Frames.requireFit(call.getSerializedSize());
    CompletableFuture<ModelAnswer> answer = new CompletableFuture<>();
    open.put(call.getId(), answer);
    // From now: one that hangs reads nothing either, and what does not fit the pipe is never sent.
    answer
        .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((done, error) -> endIfSilent(error, patience));
    try {
      if (end.isDone()) { // It may have ended before this was open, and told the others.
        answer.completeExceptionally(end.join());
      } else {
        send(call);
      }
      return withoutError(answer.get());
    } catch (ExecutionException e) {
      Crash how = end.join();
      if (how.isShortage()) {
        throw ApiException.of(new OutOfMemoryError(how.getMessage()));
      }
      throw e.getCause() instanceof TimeoutException ? how.ofSilence() : how;
    } finally {
      open.remove(call.getId());
      answer.cancel(false);
    }
  }

  private void endIfSilent(Throwable error, Duration patience) {
    if (error instanceof TimeoutException) {
      words.add("it has not answered for " + patience.toSeconds() + " s, and is ended");
      kill();
    }
  }

  private static ModelAnswer withoutError(ModelAnswer answer) {
    if (answer.getCode() != 0) {
      Status.Code code = Status.fromCodeValue(answer.getCode()).getCode();
      throw new ApiException(code, answer.getError());
    }
    return answer;
  }

  private void send(ModelCall call) {
    try {
      synchronized (calls) {
        Frames.write(calls, call);
      }
    } catch (IOException e) {
      // It reads no more: its end is told to all who wait for an answer.
    }
  }

  /**
   * Answers until there are no more. Where one cannot be read the process is ended: what follows it
   * cannot be told from it.
   */
  void read(InputStream from) {
    DataInputStream answers = new DataInputStream(new BufferedInputStream(from, 1 << 16));
    try {
      for (Optional<byte[]> next = Frames.read(answers);
          next.isPresent();
          next = Frames.read(answers)) {
        ModelAnswer answer = ModelAnswer.parseFrom(next.get());
        CompletableFuture<ModelAnswer> waiting = open.get(answer.getId());
        if (waiting != null) {
          waiting.complete(answer);
        }
      }
    } catch (Frames.NoFrame e) {
      strayed = e.getMessage();
      // Java says its last words on stdout. Whatever else does makes answers unreadable.
      CompletableFuture.delayedExecutor(LAST_WORDS_SECONDS, TimeUnit.SECONDS)
          .execute(process::destroyForcibly);
      words.addAll(strayed, answers);
    } catch (IOException e) {
      if (!killed) { // Java closes what an ended process answers.
        words.add("what it answers cannot be read: " + DiskRefusal.reason(e));
      }
    } catch (OutOfMemoryError e) {
      shortage = true;
    } finally {
      ended();
    }
  }

  private void ended() {
    process.destroyForcibly();
    Crash crash = Crash.of(1, List.of());
    try {
      int exitCode = process.waitFor();
      crash = shortage ? Crash.ofShortage() : Crash.of(exitCode, words.last());
      if (!strayed.isEmpty() && !Crash.isOfTheEnd(strayed)) {
        crash = crash.saying(", for it wrote \"" + strayed + "\" on stdout, where answers stand");
      }
    } catch (InterruptedException e) {
      // Nothing more is known of it.
    } finally { // Also where there is no memory for its last words.
      end.complete(crash);
      for (CompletableFuture<ModelAnswer> answer : open.values()) {
        answer.completeExceptionally(crash);
      }
    }
  }

  /** Ends it, whatever it does. */
  void kill() {
    killed = true;
    process.destroyForcibly();
  }
}
