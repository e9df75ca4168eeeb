package io.github.fdistill.journal;

import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.GrowingFile;
import io.github.fdistill.files.RegularFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers of a run, one JSON object a line: {@code {"step":12,"kind":"student","loss":0.1}}. A
 * resumed run writes each step once: what it will come to again is dropped when the file is opened.
 */
public final class MetricsLog implements AutoCloseable {
  private static final Pattern STEP = Pattern.compile("\\{\"step\":(\\d{1,18})[,}].*");

  /** No line of this class is so long; of others' the rest is not kept. */
  private static final int MOST_IN_A_LINE = 1 << 20;

  private final Path path;
  private GrowingFile file;

  /**
   * Opens the file, creating it where it is missing. Lines of steps from {@code resumeStep} on are
   * dropped, as is a last line that a crash cut short and any line this class did not write.
   *
   * @param metricsJsonl the file
   * @param resumeStep the first step that will be written; 0 for a run that starts
   */
  public MetricsLog(Path metricsJsonl, long resumeStep) throws IOException {
    RegularFile.requireIfThere(metricsJsonl);
    path = metricsJsonl;
    AtomicFile.write(path, copy -> copyBefore(resumeStep, path, copy));
    file = GrowingFile.open(path);
  }

  /**
   * Writes one line, and hands it to the system before returning.
   *
   * @param step the training step
   * @param values what to write after it, in this order: strings and numbers; NaN and the
   *     infinities become the strings "NaN", "Infinity" and "-Infinity"
   */
  public void write(long step, Map<String, ?> values) throws IOException {
    file.write(line(step, values));
  }

  /** The same in the place of the line that the step has: there is always one of the two. */
  void rewrite(long step, Map<String, ?> values) throws IOException {
    file.close();
    AtomicFile.write(
        path,
        copy -> {
          copyBefore(step, path, copy);
          copy.write(line(step, values));
        });
    file = GrowingFile.open(path);
  }

  private static byte[] line(long step, Map<String, ?> values) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    values.forEach(
        (name, value) -> {
          if (line.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("the step is no value of its own");
          }
        });
    return (Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Makes the lines so far last, whatever happens to the machine. */
  void sync() throws IOException {
    file.sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** One line after the other, so the file may be of any size. */
  private static void copyBefore(long step, Path file, OutputStream copy) throws IOException {
    if (!RegularFile.isThere(file)) {
      return;
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(RegularFile.open(file), 1 << 16)) {
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next != '\n' && line.size() < MOST_IN_A_LINE) {
          line.write(next);
        } else if (next == '\n') {
          if (isBefore(step, line.toString(StandardCharsets.UTF_8))) {
            line.write(next);
            line.writeTo(copy);
          }
          line.reset();
        }
      }
    }
  }

  private static boolean isBefore(long step, String text) {
    Matcher line = STEP.matcher(text);
    return line.matches() && Long.parseLong(line.group(1)) < step;
  }
}
