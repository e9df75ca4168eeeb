package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/** Commands that TensorFlow may end. */
@Timeout(240)
class OwnProcessTest {
  /** A program that starts one of its own, which says its number and waits. */
  static final class Starting {
    private Starting() {}

    public static void main(String[] args) throws IOException {
      OwnProcess.run(Waiting.class.getName(), List.of("inspect"), System.err);
    }
  }

  /** A command that takes long. */
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] args) throws InterruptedException {
      OwnProcess.endWithStarter();
      System.out.println("waits " + ProcessHandle.current().pid());
      Thread.sleep(50_000);
    }
  }

  /** A program that ends by the signal that it is given, or with the exit code. */
  static final class Ending {
    private Ending() {}

    public static void main(String[] args) throws Exception {
      if (args[1].startsWith("SIG")) {
        String signal = "-" + args[1].substring(3);
        new ProcessBuilder("kill", signal, "" + ProcessHandle.current().pid()).start();
        Thread.sleep(20_000);
      }
      System.exit(Integer.parseInt(args[1]));
    }
  }

  /** A program that lets go of 200 MB, and ends well where it has given them back. */
  static final class LettingGo {
    private LettingGo() {}

    private static long held() throws IOException {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("RssAnon:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    }

    private static void fill(long values) {
      try (TFloat32 tensor = TFloat32.tensorOf(Shape.of(values))) {
        float[] some = new float[1 << 16];
        FloatDataBuffer all = tensor.asRawTensor().data().asFloats();
        for (long at = 0; at < values; at += some.length) {
          all.slice(at, some.length).write(some, 0, some.length);
        }
      }
    }

    public static void main(String[] args) throws IOException {
      fill(1 << 16);
      long before = held();
      fill(800 << 16);
      System.exit(held() - before < 50_000 ? 0 : 3);
    }
  }

  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  private int run(String end) throws IOException {
    PrintStream err = new PrintStream(told, true, StandardCharsets.UTF_8);
    return OwnProcess.run(Ending.class.getName(), List.of("inspect", end), err);
  }

  /** What a crash leaves in the working folder, which other tests use at the same time. */
  private static Set<Path> crashFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(""))) {
      return files
          .filter(file -> file.toString().matches("(hs_err|core).*"))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void aCrashIsToldInWordsAndLeavesNoFile() throws IOException {
    Set<Path> before = crashFiles();
    for (String signal : List.of("SIGSEGV", "SIGABRT")) {
      told.reset();
      assertEquals(Main.FAILED, run(signal));
      String text = told.toString(StandardCharsets.UTF_8);
      String expected = "fdistill inspect: TensorFlow crashed while it ran this (SIG";
      assertTrue(text.startsWith(expected), text);
    }
    told.reset();
    LocalWorkers two = LocalWorkers.of(List.of("sample", "SIGSEGV", "--local-workers", "2"));
    PrintStream err = new PrintStream(told, true, StandardCharsets.UTF_8);
    assertEquals(Main.FAILED, two.run(Ending.class.getName(), err));
    String text = told.toString(StandardCharsets.UTF_8);
    assertTrue(text.startsWith("fdistill sample: TensorFlow crashed"), text);
    assertTrue(text.contains("): sample SIGSEGV --local-workers 2\n"), text);
    assertEquals(before, crashFiles());
  }

  @Test
  void anotherEndIsTheCommandsOwn() throws IOException {
    assertEquals(0, run("0"));
    assertEquals(2, run("2"));
    assertEquals(143, run("SIGTERM"));
    assertEquals("", told.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aKillOfTheStarterEndsItToo() throws Exception {
    try (ChildJvm starter = ChildJvm.start(Starting.class)) {
      long waiting = Long.parseLong(starter.awaitLine("waits ").replaceAll("\\D", ""));
      ProcessHandle process = ProcessHandle.of(waiting).orElseThrow();
      starter.kill();
      process.onExit().get(40, TimeUnit.SECONDS);
    }
  }

  @Test
  void onlyWhatReadsAnyModelAndEndsSoonIsRunSo() {
    assertTrue(OwnProcess.wanted(List.of("inspect", "m")));
    assertTrue(OwnProcess.wanted(List.of("export", "m")));
    assertFalse(OwnProcess.wanted(List.of("train")));
    assertFalse(OwnProcess.wanted(List.of()));
  }

  /** Else they would draw more slowly, and other bits, and could end other processes. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void workersThatDrawAreStartedAsOneThatDrawsAlone() {
    ProcessBuilder alone = OwnProcess.prepared("Main", List.of(), List.of("sample", "m"), 1);
    LocalWorkers two = LocalWorkers.of(List.of("sample", "m", "--local-workers", "2"));
    ProcessBuilder worker = two.worker("Main", "a:1,b:1", 1);
    assertEquals(alone.environment(), worker.environment());
    List<String> given = alone.command().subList(0, alone.command().indexOf("Main"));
    given = given.stream().filter(word -> !word.matches("(-Dfdistill.memory=)?\\d+")).toList();
    assertTrue(worker.command().containsAll(given), worker.command() + " and not " + given);
    int cores = Runtime.getRuntime().availableProcessors();
    assertTrue(worker.command().contains("-Dfdistill.threads=" + (cores + 1) / 2));
    long all = memory(alone);
    long first = memory(two.worker("Main", "a:1,b:1", 0));
    assertEquals(all, first, all / 8.0, "it decodes what all have drawn");
    assertTrue(memory(worker) <= 0.8 * all, "which have a share each");
    ProcessBuilder evaluating =
        LocalWorkers.of(List.of("evaluate", "m", "--local-workers", "3")).worker("Main", "a:1", 0);
    assertTrue(evaluating.command().contains("-Dfdistill.threads=" + (cores + 1) / 2));
    assertTrue(evaluating.command().contains("-XX:+SuppressFatalErrorMessage"));
  }

  /** What a process may take, in bytes; 0 where there is no limit, as beside a GPU. */
  private static long memory(ProcessBuilder process) {
    String flag = "-Dfdistill.memory=";
    return process.command().stream()
        .filter(word -> word.startsWith(flag))
        .mapToLong(word -> Long.parseLong(word.substring(flag.length())))
        .findFirst()
        .orElse(0);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryThatIsLetGoIsGivenBack() throws IOException {
    assertEquals(0, OwnProcess.run(LettingGo.class.getName(), List.of("sample"), System.err));
  }
}
