package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Eventually;
import io.github.fdistill.hosting.Hosting;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes of models that end by themselves: nothing else does. */
@Timeout(600)
class CrashTest {
  private static final Limits LIMITS = new Limits(1 << 20, Duration.ofSeconds(120), 64);

  @TempDir Path folder;

  /** Those of a version, or of all, that this JVM has started. */
  static Set<Long> processes(String model) {
    return ProcessHandle.current()
        .children()
        .filter(
            child -> child.info().commandLine().orElse("").contains("-Dfdistill.model=" + model))
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  private static void signal(String name, long process) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, "" + process).start().waitFor());
  }

  /** The answer to a request that would never end. */
  private static CompletableFuture<StatusRuntimeException> endless(Asked asked) {
    CompletableFuture<StatusRuntimeException> told = new CompletableFuture<>();
    new Thread(
            () ->
                told.complete(
                    assertThrows(
                        StatusRuntimeException.class,
                        () ->
                            asked.predict(
                                RequestTimeTest.request("blocking", "", BlockingModel.ENDLESS)))))
        .start();
    return told;
  }

  /** Until it computes: it did nothing before. */
  private static void awaitWork(long process) throws Exception {
    ProcessHandle handle = ProcessHandle.of(process).orElseThrow();
    Duration before = handle.info().totalCpuDuration().orElse(Duration.ZERO);
    Duration enough = before.plusMillis(500);
    assertTrue(
        Eventually.within(
            120, () -> handle.info().totalCpuDuration().orElse(enough).compareTo(enough) >= 0),
        "it does not compute");
  }

  /** Until it is asked again, and answers. */
  private static void awaitAnswer(Asked asked) throws Exception {
    assertTrue(Eventually.within(120, () -> answers(asked)), "it is not started again");
  }

  private static boolean answers(Asked asked) {
    try {
      var answer = asked.predict(RequestTimeTest.request("blocking", "", 2));
      assertEquals(42, answer.getOutputsOrThrow("y").getFloatVal(0));
      return true;
    } catch (StatusRuntimeException e) {
      assertEquals(Status.Code.UNAVAILABLE, e.getStatus().getCode(), e.getMessage());
      return false;
    }
  }

  private static Set<String> crashFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(""))) {
      return files
          .map(Path::toString)
          .filter(name -> name.startsWith("hs_err") || name.startsWith("core"))
          .collect(Collectors.toSet());
    }
  }

  /** The images that the model beside it must give all the while. */
  private static void image(byte[][] expected, Asked asked) {
    byte[] images = Asked.images(asked.predict(Asked.request("tiny", 0, 1)));
    assertArrayEquals(expected[0], images);
  }

  @Test
  void whoAskedIsToldItIsStartedAgainAndAfterThreeItIsPutAside() throws Exception {
    Set<String> before = crashFiles();
    BlockingModel.write(folder.resolve("blocking/1"));
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    byte[][] expected = TinyStudent.images(folder.resolve("tiny/1"), 2);
    try (Asked asked =
        new Asked(Hosting.APART, LIMITS, folder.resolve("tiny"), folder.resolve("blocking"))) {
      for (int i = 0; i < 3; i++) {
        CompletableFuture<StatusRuntimeException> told = endless(asked);
        String how = List.of("SEGV", "ABRT", "KILL").get(i);
        for (long process : processes("blocking-1")) {
          awaitWork(process);
          signal(how, process);
        }
        Status status = told.get().getStatus();
        assertEquals(Status.Code.UNAVAILABLE, status.getCode(), "" + status);
        assertTrue(("" + status.getDescription()).contains("SIG" + how), "" + status);
        image(expected, asked);
        if (i < 2) {
          awaitAnswer(asked);
        }
      }
      BadVersionsTest.awaitStatus(asked, "blocking", 1, "its process ended 3 times");
      assertEquals(503, asked.get("/healthz").statusCode());
      String page = asked.get("/page/models").body();
      assertTrue(page.contains("tiny") && !page.contains("blocking"), page);
      String metrics = asked.get("/monitoring/prometheus/metrics").body();
      assertTrue(metrics.contains("crashes{model_name=\"blocking\"} 3\n"), metrics);
      image(expected, asked);

      // Other files are another matter.
      Files.writeString(folder.resolve("blocking/1/note.txt"), "mended");
      BadVersionsTest.awaitStatus(asked, "blocking", 1, "AVAILABLE");
      awaitAnswer(asked);
    }
    // They are ended, which the system does in its own time.
    Eventually.within(120, () -> processes("").isEmpty());
    assertEquals(Set.of(), processes(""));
    assertEquals(before, crashFiles());
  }
}
