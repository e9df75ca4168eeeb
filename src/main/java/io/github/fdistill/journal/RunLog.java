package io.github.fdistill.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a run says of its steps: numbers to {@code metrics.jsonl}, and to TensorBoard the same with
 * histograms and images. A resumed run writes each step once.
 */
public final class RunLog implements AutoCloseable {
  private final MetricsLog metrics;
  private final Optional<EventLog> events;
  private final Optional<Map<String, Number>> left;

  private RunLog(
      MetricsLog metrics, Optional<EventLog> events, Optional<Map<String, Number>> left) {
    this.metrics = metrics;
    this.events = events;
    this.left = left;
  }

  /**
   * Where the files are.
   *
   * @param metrics a file
   * @param events a folder for TensorBoard; none: no events
   * @param pictures a folder of those on the way, {@link RunFiles#picture}; it need not be there
   */
  public record Files(Path metrics, Optional<Path> events, Path pictures) {}

  /**
   * Opens the files, creating them where they are missing. What they have of steps that are yet to
   * come, and pictures of those, are dropped.
   *
   * @param resumeStep the first step that will be written; 0 for a run that starts
   */
  public static RunLog open(Files files, long resumeStep) throws IOException {
    RunFiles.deletePicturesAfter(resumeStep, files.pictures());
    // A step with looks that are left is shown anew once they are made; its line stays until then.
    Optional<Map<String, Number>> left = Metrics.left(files.metrics(), resumeStep - 1);
    long shown = left.isPresent() ? resumeStep - 1 : resumeStep;
    MetricsLog metrics = new MetricsLog(files.metrics(), resumeStep);
    try {
      Optional<EventLog> events =
          files.events().isPresent()
              ? Optional.of(new EventLog(files.events().get(), shown))
              : Optional.empty();
      return new RunLog(metrics, events, left);
    } catch (IOException | RuntimeException e) {
      metrics.close();
      throw e;
    }
  }

  /** Whether {@link #leave} wrote the last of so many steps. */
  public static boolean areLooksLeft(Files files, long steps) {
    return Metrics.left(files.metrics(), steps - 1).isPresent();
  }

  /**
   * The numbers of the step before the first that will be written, by name, where {@link #leave}
   * wrote it; else nothing.
   */
  public Optional<Map<String, Number>> left() {
    return left;
  }

  /** Writes the numbers of a step. */
  public void numbers(long step, Map<String, ? extends Number> numbers) throws IOException {
    metrics.write(step, numbers);
    curves(step, numbers);
  }

  /** The same of a step after which looks at the state are left to the session that goes on. */
  public void leave(long step, Map<String, ? extends Number> numbers) throws IOException {
    Map<String, Object> line = new LinkedHashMap<>(numbers);
    line.put(Metrics.LOOKS, Metrics.LEFT);
    metrics.write(step, line);
    curves(step, numbers);
  }

  /**
   * Writes such a step anew, once its looks have been made.
   *
   * @param numbers of the step, which stand in the log
   * @param seen what the looks add to them
   */
  public void complete(
      long step, Map<String, ? extends Number> numbers, Map<String, ? extends Number> seen)
      throws IOException {
    Map<String, Number> line = new LinkedHashMap<>(numbers);
    line.putAll(seen);
    metrics.rewrite(step, line);
    curves(step, line);
  }

  private void curves(long step, Map<String, ? extends Number> numbers) throws IOException {
    if (events.isPresent()) {
      events.get().scalars(step, Curves.grouped(numbers));
    }
  }

  /** Shows how values are spread; in TensorBoard alone. */
  public void histogram(long step, String name, float[] values) throws IOException {
    if (events.isPresent()) {
      events.get().histogram(step, name, values);
    }
  }

  /**
   * Shows an image; in TensorBoard alone.
   *
   * @param pixels [height, width, channels]
   */
  public void image(long step, String name, byte[] pixels, int height, int width, int channels)
      throws IOException {
    if (events.isPresent()) {
      events.get().image(step, name, pixels, height, width, channels);
    }
  }

  /**
   * Makes what was written so far last, whatever happens to the machine: before a checkpoint, which
   * says that these steps are done.
   */
  public void sync() throws IOException {
    metrics.sync();
    if (events.isPresent()) {
      events.get().sync();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      metrics.close();
    } finally {
      if (events.isPresent()) {
        events.get().close();
      }
    }
  }
}
