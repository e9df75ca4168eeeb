package io.github.fdistill.hosting;

import io.github.fdistill.Logs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.logging.log4j.Logger;

/**
 * What a process writes on stderr: goes to the log, line by line, and the last of it is kept to say
 * how it ended.
 */
final class ProcessWords {
  private static final Logger LOG = Logs.of(ProcessWords.class);
  private static final int KEPT = 60;
  private static final int MOST_OF_A_LINE = 500;
  private static final long PATIENCE_MILLIS = 1_000;

  /** What TensorFlow says of itself whatever its level; the launcher leaves it out too. */
  private static final Pattern CHATTER =
      Pattern.compile("absl::InitializeLog\\(\\)|MLIR V1 optimization pass");

  private final String name;
  private final Deque<String> last = new ArrayDeque<>();
  private final Thread reader;

  ProcessWords(String name, InputStream words) {
    this.name = name;
    reader = new Thread(() -> addAll("", words), name + "-words");
    reader.setDaemon(true);
    reader.start();
  }

  /** Adds the lines of another stream, up to its end, after the beginning of the first. */
  void addAll(String beginning, InputStream words) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(words, StandardCharsets.UTF_8))) {
      StringBuilder line = new StringBuilder(beginning.strip());
      for (int c = lines.read(); c >= 0; c = lines.read()) {
        if (c == '\n') {
          add(line.toString());
          line.setLength(0);
        } else if (line.length() < MOST_OF_A_LINE && c >= ' ') {
          line.append((char) c);
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  void add(String line) {
    synchronized (last) {
      last.add(line);
      if (last.size() > KEPT) {
        last.remove();
      }
    }
    if (!line.isBlank() && !Crash.isOfTheEnd(line) && !CHATTER.matcher(line).find()) {
      LOG.info("{}: {}", name, line);
    }
  }

  /** The last lines, of a process that has ended. */
  List<String> last() throws InterruptedException {
    reader.join(PATIENCE_MILLIS);
    synchronized (last) {
      return List.copyOf(last);
    }
  }
}
