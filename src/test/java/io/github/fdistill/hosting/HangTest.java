package io.github.fdistill.hosting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.server.TinyStudent;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.grpc.Status;
import java.io.InputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** A model's process that does not answer, or cannot be started again. */
class HangTest {
  @Test
  void isEndedAfterThePatienceThatThereIsForACall() throws Exception {
    ModelProcess process = new ModelProcess("hanging");
    // Java itself takes longer to start.
    ModelCall.Builder load =
        ModelCall.newBuilder().setLoad(LoadCall.newBuilder().setFolder("nowhere"));
    Crash crash = assertThrows(Crash.class, () -> process.call(load, Duration.ofMillis(1)));
    assertTrue(crash.isSilence());
    assertEquals("SIGKILL", process.end().get(20, TimeUnit.SECONDS).getMessage());

    // As one that is stopped, which does not even read: the pipe to it is soon full.
    ModelProcess frozen = new ModelProcess("frozen", List.of("sh", "-c", "exec sleep 600"));
    RunCall.Builder large = RunCall.newBuilder().setSignature("x".repeat(1 << 20));
    CompletableFuture<Crash> told =
        CompletableFuture.supplyAsync(
            () ->
                assertThrows(
                    Crash.class,
                    () -> frozen.call(ModelCall.newBuilder().setRun(large), Duration.ofMillis(1))));
    assertTrue(told.get(60, TimeUnit.SECONDS).isSilence());
  }

  /** Nobody could read it: its size is one that 32 bits do not hold, or hold as another. */
  @Test
  void whatIsTooLargeForThePipeIsRefused() {
    ByteString text = ByteString.copyFrom(new byte[16 << 20]);
    for (int count : new int[] {64, 140, 300}) {
      HostTensor texts = HostTensor.of(Shape.of(count), Collections.nCopies(count, text));
      ApiException large =
          assertThrows(ApiException.class, () -> PipedTensors.write(Map.of("x", texts)));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, large.code());
    }
  }

  /** Who asked is told so, and the version is not to blame. */
  @Test
  void anAnswerThatTheServerHasNoMemoryForIsNoCrash() throws Exception {
    ModelProcess process = new ModelProcess("large", List.of("sh", "-c", "exec sleep 600"));
    ModelCall.Builder run = ModelCall.newBuilder().setRun(RunCall.getDefaultInstance());
    CompletableFuture<ApiException> told =
        CompletableFuture.supplyAsync(
            () -> assertThrows(ApiException.class, () -> process.call(run, Duration.ofMinutes(1))));
    InputStream full =
        new InputStream() {
          @Override
          public int read() {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    process.read(full);
    assertTrue(process.end().get(20, TimeUnit.SECONDS).isShortage());
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, told.get(20, TimeUnit.SECONDS).code());
  }

  /** Nothing in it has crashed: it is tried again. */
  @Test
  void oneThatLoadsTooLongIsNoCrash() {
    Path folder = Path.of("m/1");
    Hosting.Version version = new Hosting.Version(folder, "slow-1", 1 << 20, Duration.ofMillis(1));
    NotLoaded late = assertThrows(NotLoaded.class, () -> ModelApart.load(version, null));
    assertFalse(late.isCrash());
    assertTrue(late.getMessage().contains("--load-timeout"), late.getMessage());
  }

  /** As a library does in native code: it hides where answers begin. */
  @Test
  void oneThatPrintsAmongItsAnswersIsEnded() throws Exception {
    List<String> command = List.of("sh", "-c", "echo onednn_verbose,info; exec sleep 600");
    String how = new ModelProcess("prints", command).end().get(60, TimeUnit.SECONDS).getMessage();
    assertTrue(how.startsWith("SIGKILL, for it wrote \"onednn_v"), how);
  }

  /** A folder by whose path no process is started, but the first. */
  private static Path once(Path folder) {
    AtomicInteger asked = new AtomicInteger(); // It is asked once more for each message.
    InvocationHandler answer =
        (path, method, arguments) -> {
          if (asked.getAndIncrement() % 2 == 1) {
            throw new OutOfMemoryError("Java heap space");
          }
          return folder.toString();
        };
    Class<?>[] type = {Path.class};
    return (Path) Proxy.newProxyInstance(HangTest.class.getClassLoader(), type, answer);
  }

  @Test
  void oneThatCannotBeStartedAgainIsGivenUpWhateverTheReason(@TempDir Path folder)
      throws Exception {
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    CompletableFuture<String> givenUp = new CompletableFuture<>();
    Hosting.Crashes heard =
        new Hosting.Crashes() {
          @Override
          public void crashed() {}

          @Override
          public void givenUp(String why) {
            givenUp.complete(why);
          }
        };
    Path path = once(folder.resolve("tiny/1"));
    Hosting.Version version = new Hosting.Version(path, "once-1", 1 << 20, Duration.ofMinutes(1));
    try (HostedModel model = ModelApart.load(version, heard)) {
      ConditionRows row = ConditionRows.ofLabels(0);
      // The network is not read in a nanosecond: nothing is drawn, and the process goes on.
      ApiException late =
          assertThrows(
              ApiException.class, () -> model.draw(new long[1], row, 1, Duration.ofNanos(1)));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, late.code(), late.getMessage());
      assertTrue(model.running());
      ProcessHandle.current()
          .children()
          .filter(child -> child.info().commandLine().orElse("").contains("model=once-1"))
          .forEach(ProcessHandle::destroyForcibly);
      String why = givenUp.get(30, TimeUnit.SECONDS);
      assertTrue(why.startsWith("its process ended 3 times, the last by "), why);
      assertTrue(why.endsWith("it needs more memory than there is"), why);
      assertFalse(model.running());
    }
  }
}
