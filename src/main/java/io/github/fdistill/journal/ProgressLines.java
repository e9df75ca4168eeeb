package io.github.fdistill.journal;

import io.github.fdistill.Logs;
import org.apache.logging.log4j.Logger;

/** A line of the log every few seconds, and one for the last state. */
final class ProgressLines implements ProgressView {
  private static final Logger LOG = Logs.of(Progress.class);

  /** What is done, and what is counted. */
  private final String name;

  private final long totalSteps;
  private final Progress.Options options;
  private long shownNanos;
  private String waiting = "";

  ProgressLines(String name, long totalSteps, Progress.Options options) {
    this.name = name;
    this.totalSteps = totalSteps;
    this.options = options;
    shownNanos = options.nanoTime().getAsLong();
  }

  @Override
  public void show(long step, String numbers) {
    long percent = 100 * step / totalSteps;
    waiting = name + " " + step + "/" + totalSteps + "  " + percent + "%  " + numbers;
    long sinceShown = options.nanoTime().getAsLong() - shownNanos;
    if (step >= totalSteps || sinceShown >= options.lineInterval().toNanos()) {
      print();
    }
  }

  @Override
  public void close() {
    if (!waiting.isEmpty()) {
      print();
    }
  }

  private void print() {
    LOG.info(waiting);
    waiting = "";
    shownNanos = options.nanoTime().getAsLong();
  }
}
