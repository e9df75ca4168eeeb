package io.github.fdistill.cli;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Names of files with letters beyond ASCII where the system's language is C, as in containers, cron
 * and ssh without a terminal: Java then reads and writes them in ASCII, which cannot be changed
 * once it has started. So the program starts itself once more, in UTF-8, and waits for that. The
 * launcher saves the second start by asking for UTF-8 at the first.
 */
final class Utf8Names {
  /** Of the second start, so that there is no third. */
  private static final String SECOND = "fdistill.utf8";

  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private Utf8Names() {}

  /**
   * Starts the program once more where that is needed and possible, and waits for it.
   *
   * @return its exit code; empty where the program is to go on as it is
   */
  static OptionalInt runAgain() {
    Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    Optional<String> java = ProcessHandle.current().info().command();
    boolean ascii = !names.newEncoder().canEncode('\u00e4');
    if (!ascii || System.getProperty(SECOND) != null || java.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(
          run(script(java.get().getBytes(names), Files.readAllBytes(COMMAND_LINE))));
    } catch (IOException e) {
      return OptionalInt.empty(); // Another system: a name that cannot be read is refused by name.
    }
  }

  private static int run(String script) throws IOException {
    Process second = new ProcessBuilder("/bin/sh", "-c", script).inheritIO().start();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  second.destroy(); // A signal to stop; it may take its time to save.
                  waitFor(second);
                },
                "second-start"));
    return waitFor(second);
  }

  private static int waitFor(Process second) {
    while (true) {
      try {
        return second.waitFor();
      } catch (InterruptedException e) {
        // Nothing here asks for an end but signals, which the process has heard of.
      }
    }
  }

  /** The same command line in UTF-8, for a shell, in ASCII alone. */
  static String script(byte[] java, byte[] commandLine) {
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int end = 0; end < commandLine.length; end++) {
      if (commandLine[end] == 0) {
        words.add(quoted(commandLine, start, end));
        start = end + 1;
      }
    }
    words.set(0, quoted(java, 0, java.length));
    words.add(1, "-D" + SECOND + "=true -Dsun.jnu.encoding=UTF-8 -Dfile.encoding=UTF-8");
    return "LC_ALL=C.UTF-8; export LC_ALL; exec " + String.join(" ", words);
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
