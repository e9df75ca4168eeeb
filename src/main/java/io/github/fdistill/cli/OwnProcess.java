package io.github.fdistill.cli;

import io.github.fdistill.device.MemoryLimit;
import io.github.fdistill.device.OneDnn;
import io.github.fdistill.files.ChildJava;
import io.github.fdistill.hosting.Crash;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A command in a process of its own: TensorFlow may crash of a stranger's model, and the user is to
 * hear that in words.
 */
final class OwnProcess {
  /** Commands that read any model, and end soon. */
  private static final Set<String> COMMANDS = Set.of("export", "inspect", "sample");

  /** Set in the process itself: the number of the one that started it, or any word. */
  static final String HERE = "fdistill.apart";

  /** What Java says at length of a crash, {@link #tellCrash} says in a sentence. */
  static final String NO_LAST_WORDS = "-XX:+SuppressFatalErrorMessage";

  /** Java's heap begins small: what it does not need is for weights. */
  private static final String FEW = "-XX:InitialRAMPercentage=0.25";

  /**
   * TensorFlow's pool of memory for processors keeps what was let go, such as a model's weights
   * when its pictures are decoded; the system's memory goes back.
   */
  private static final String GIVEN_BACK = "TF_ONEDNN_USE_SYSTEM_ALLOCATOR";

  private static final int SIGHUP = 129;
  private static final int SIGINT = 130;
  private static final int SIGTERM = 143;

  private OwnProcess() {}

  /** Whether a command line is to be run so, and is not already. */
  static boolean wanted(List<String> words) {
    return isFor(words) && System.getProperty(HERE) == null;
  }

  /** Whether a command reads any model, and ends soon. */
  static boolean isFor(List<String> words) {
    return !words.isEmpty() && COMMANDS.contains(words.get(0));
  }

  /**
   * In such a process: it ends when the one that started it was killed, which could not tell it so.
   * Nothing elsewhere.
   */
  static void endWithStarter() {
    String starter = System.getProperty(HERE, System.getProperty(SecondStart.SECOND, ""));
    if (starter.matches("\\d{1,18}")) {
      ProcessHandle.of(Long.parseLong(starter))
          .ifPresentOrElse(
              process -> process.onExit().thenRun(() -> Runtime.getRuntime().halt(Main.FAILED)),
              () -> Runtime.getRuntime().halt(Main.FAILED));
    }
  }

  /**
   * Runs it, with this one's input and output, and says so where it crashes.
   *
   * @param mainClass of the program
   * @return the exit code; that of a failure after a crash
   * @throws IOException when no process can be started
   */
  static int run(String mainClass, List<String> words, PrintStream err) throws IOException {
    Process process = prepared(mainClass, List.of(here()), words, 1).inheritIO().start();
    Thread end = new Thread(() -> end(process), "end-of-command");
    Runtime.getRuntime().addShutdownHook(end);
    int code = await(process);
    try {
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (IllegalStateException e) {
      // A signal ends both.
    }
    return isCrash(code) ? tellCrash(code, words, err) : code;
  }

  /** Java's flag that says to such a process that it is one, and who started it. */
  static String here() {
    return "-D" + HERE + "=" + ProcessHandle.current().pid();
  }

  /**
   * Such a process, to be started.
   *
   * @param flags of Java
   * @param words of the command line
   * @param processes that share what memory is free
   */
  static ProcessBuilder prepared(
      String mainClass, List<String> flags, List<String> words, int processes) {
    List<String> all = new ArrayList<>(List.of(NO_LAST_WORDS, "-XX:+UseSerialGC", FEW));
    all.addAll(flags);
    List<String> command =
        new ArrayList<>(ChildJava.command(mainClass, all.toArray(String[]::new)));
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(MemoryLimit.free(command, processes));
    builder.environment().putIfAbsent(GIVEN_BACK, "1");
    if (OneDnn.isLeftOut()) {
      builder.environment().put(OneDnn.VARIABLE, OneDnn.ON);
    }
    return builder;
  }

  /** Whether an exit code is of a process that crashed: it was not asked to end. */
  static boolean isCrash(int code) {
    boolean asked = code == SIGHUP || code == SIGINT || code == SIGTERM;
    return !asked && Crash.signal(code).isPresent();
  }

  /**
   * Says that a command crashed.
   *
   * @return the exit code of that
   */
  static int tellCrash(int code, List<String> words, PrintStream err) {
    err.println(
        "fdistill "
            + words.get(0)
            + ": TensorFlow crashed while it ran this ("
            + Crash.signal(code).orElseThrow()
            + "): "
            + String.join(" ", words)
            + "\n"
            + "  needed: a model that TensorFlow can run\n"
            + "  remedy: export the model again, or do without it; other commands would crash"
            + " too");
    return Main.FAILED;
  }

  /** Waits for its end, and gives its exit code. */
  static int await(Process process) {
    while (true) {
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        process.destroy();
      }
    }
  }

  /** A signal to this process is one to that, which may take its time to save. */
  static void end(Process process) {
    process.destroy();
    await(process);
  }
}
