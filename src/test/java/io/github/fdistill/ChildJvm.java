package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A second JVM for what one cannot show alone: locks between processes, signals, sudden death. */
public final class ChildJvm implements AutoCloseable {
  private static final int LIMIT_SECONDS = 180;

  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Runs the main method of a class of ours, with this JVM's class path. */
  public static ChildJvm start(Class<?> main, Object... arguments) throws IOException {
    return start(Map.of(), main, arguments);
  }

  /** The same, with these environment variables besides this JVM's. */
  public static ChildJvm start(Map<String, String> environment, Class<?> main, Object... arguments)
      throws IOException {
    return start(environment, List.of(), main, arguments);
  }

  /** The same, where no file can grow beyond so many blocks: what a full disk does to a write. */
  public static ChildJvm withSmallFiles(int kibibytes, Class<?> main, Object... arguments)
      throws IOException {
    String limit = "ulimit -f " + kibibytes + " && exec \"$@\"";
    return start(Map.of(), List.of("bash", "-c", limit, "bash"), main, arguments);
  }

  private static ChildJvm start(
      Map<String, String> environment, List<String> starter, Class<?> main, Object... arguments)
      throws IOException {
    return start(environment, starter, System.getProperty("java.class.path"), main, arguments);
  }

  /** The same with another class path. */
  public static ChildJvm startOn(String classPath, Class<?> main, Object... arguments)
      throws IOException {
    return start(Map.of(), List.of(), classPath, main, arguments);
  }

  private static ChildJvm start(
      Map<String, String> environment,
      List<String> starter,
      String classPath,
      Class<?> main,
      Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(starter);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.addAll(List.of("-cp", classPath, main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    ProcessBuilder child = new ProcessBuilder(command).redirectErrorStream(true);
    child.environment().putAll(environment);
    return new ChildJvm(child.start());
  }

  public long pid() {
    return process.pid();
  }

  /** Reads up to and including the line that holds {@code text}, and returns it. */
  public String awaitLine(String text) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.contains(text)) {
        return line;
      }
    }
    throw new AssertionError("no line with \"" + text + "\" in " + lines);
  }

  /** Whether it runs no more. */
  public boolean hasEnded() {
    return !process.isAlive();
  }

  /** All that it prints from now to its end. */
  public String rest() throws IOException {
    return String.join("\n", output.lines().toList());
  }

  /** SIGTERM; what it prints after that can still be read. */
  public void terminate() {
    process.toHandle().destroy();
  }

  /**
   * Whether SIGINT comes through: what a shell starts in the background inherits that it does not.
   */
  public static boolean hearsInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return true;
    }
    String ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .map(line -> line.substring("SigIgn:".length()).strip())
            .findFirst()
            .orElse("0");
    return (Long.parseUnsignedLong(ignored, 16) & 0b10) == 0;
  }

  /** SIGINT, as Ctrl-C sends it. */
  public void interrupt() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-INT", "" + process.pid()).inheritIO().start().waitFor();
  }

  /** SIGKILL, and waits for the end; what it printed before can still be read. */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    awaitEnd();
  }

  public void assertExitCode(int expected) throws InterruptedException {
    awaitEnd();
    assertEquals(expected, process.exitValue());
  }

  private void awaitEnd() throws InterruptedException {
    assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "the child still runs");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
