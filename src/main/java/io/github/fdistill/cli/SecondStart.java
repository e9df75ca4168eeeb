package io.github.fdistill.cli;

import io.github.fdistill.device.OneDnn;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * What Java or TensorFlow has to be told before it starts, and was not. The program then starts
 * itself once more, and waits for that; the launcher says it at the first start.
 *
 * <ul>
 *   <li>Names of files with letters beyond ASCII where the system's language is C, as in
 *       containers, cron and ssh without a terminal: Java would read and write them in ASCII.
 *   <li>oneDNN, TensorFlow's faster code for convolutions and products, which it leaves out on
 *       processors without instructions for neural networks ({@link OneDnn}). It does without where
 *       Java is watched.
 * </ul>
 *
 * @param environment for the second start
 * @param flags of Java
 */
record SecondStart(Map<String, String> environment, List<String> flags) {
  /** Of the second start, so that there is no third: the number of the one that waits for it. */
  static final String SECOND = "fdistill.second";

  /** Commands that compute in this process. */
  private static final Set<String> COMPUTING =
      Set.of(
          "train",
          "pretrain",
          "rerun",
          "features",
          "evaluate",
          "study",
          "bench",
          "doctor",
          "import",
          "serve",
          "init");

  /** Flags of a Java that somebody watches, at a port perhaps, which two cannot have. */
  private static final List<String> WATCHED =
      List.of("-agent", "-javaagent", "-Xrunjdwp", "-Dcom.sun.management.jmxremote");

  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  /**
   * Starts the program once more where that is needed and possible, and waits for it.
   *
   * @param words of the command line
   * @return its exit code; empty where the program is to go on as it is
   */
  static OptionalInt run(List<String> words) {
    Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    boolean computes = !words.isEmpty() && COMPUTING.contains(words.get(0));
    SecondStart start = of(names, computes && OneDnn.isLeftOut() && !isWatched());
    Optional<String> java = ProcessHandle.current().info().command();
    if (start.flags.isEmpty() || System.getProperty(SECOND) != null || java.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      byte[] program = java.get().getBytes(names);
      return OptionalInt.of(run(start.script(program, Files.readAllBytes(COMMAND_LINE))));
    } catch (IOException e) {
      return OptionalInt.empty(); // Another system: a name that cannot be read is refused by name.
    }
  }

  private static boolean isWatched() {
    return isWatched(ManagementFactory.getRuntimeMXBean().getInputArguments());
  }

  /** Whether Java's flags are those of one that is debugged or watched. */
  static boolean isWatched(List<String> flags) {
    return flags.stream().anyMatch(flag -> WATCHED.stream().anyMatch(flag::startsWith));
  }

  /**
   * What is to be told; nothing, without flags, where all has been.
   *
   * @param names how Java reads and writes the names of files
   * @param leftOut whether oneDNN is
   */
  static SecondStart of(Charset names, boolean leftOut) {
    Map<String, String> environment = new TreeMap<>();
    List<String> flags = new ArrayList<>();
    if (!names.newEncoder().canEncode('\u00e4')) {
      environment.put("LC_ALL", "C.UTF-8");
      flags.addAll(List.of("-Dsun.jnu.encoding=UTF-8", "-Dfile.encoding=UTF-8"));
    }
    if (leftOut) {
      environment.put(OneDnn.VARIABLE, OneDnn.ON);
    }
    if (!environment.isEmpty()) {
      flags.add("-D" + SECOND + "=" + ProcessHandle.current().pid());
    }
    return new SecondStart(environment, flags);
  }

  private static int run(String script) throws IOException {
    Process second = new ProcessBuilder("/bin/sh", "-c", script).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> OwnProcess.end(second), "second-start"));
    return OwnProcess.await(second);
  }

  /** The same command line with what is to be told, for a shell, in ASCII alone. */
  String script(byte[] java, byte[] commandLine) {
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int end = 0; end < commandLine.length; end++) {
      if (commandLine[end] == 0) {
        words.add(quoted(commandLine, start, end));
        start = end + 1;
      }
    }
    words.set(0, quoted(java, 0, java.length));
    words.addAll(1, flags);
    StringBuilder script = new StringBuilder();
    environment.forEach(
        (name, value) -> script.append("export ").append(name + "=" + value).append("; "));
    return script.append("exec ").append(String.join(" ", words)).toString();
  }

  /** A word of any bytes but for line breaks at its end, which a shell drops. */
  private static String quoted(byte[] bytes, int from, int to) {
    String word = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    if (word.matches("[A-Za-z0-9_./:=,@+-]+")) {
      return word;
    }
    StringBuilder octal = new StringBuilder();
    for (char c : word.toCharArray()) {
      octal.append(String.format("\\%03o", (int) c));
    }
    return "\"$(printf '" + octal + "')\"";
  }
}
