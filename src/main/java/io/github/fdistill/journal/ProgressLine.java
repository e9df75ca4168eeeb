package io.github.fdistill.journal;

import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/**
 * The line of the progress bar: what is done, how much of it, a bar, and the numbers. Where the
 * terminal is narrow, the bar goes first: the numbers say more.
 *
 * @param blocks whether the terminal can show them
 */
record ProgressLine(boolean blocks) implements ProgressBarRenderer {
  private static final int LEAST_BAR = 8;
  private static final int MOST_BAR = 40;

  @Override
  public String render(ProgressState state, int columns) {
    return line(
        state.getTaskName(),
        state.getCurrent(),
        state.getMax(),
        state.getExtraMessage().strip(),
        columns);
  }

  /** The line for so many columns. */
  String line(String name, long done, long all, String numbers, int columns) {
    double share = all > 0 ? Math.min(1, (double) done / all) : 0;
    String head = name + " " + String.format("%3d", (int) (100 * share)) + "%";
    String tail = " " + done + "/" + all + " " + numbers;
    int room = columns - head.length() - tail.length() - 3;
    String bar = room < LEAST_BAR ? "" : " " + bar(share, Math.min(room, MOST_BAR));
    String line = (head + bar + tail).stripTrailing();
    return line.length() <= columns ? line : line.substring(0, Math.max(0, columns));
  }

  private String bar(double share, int width) {
    int full = (int) Math.round(share * width);
    String end = blocks ? "│" : "|";
    return end + (blocks ? "█" : "=").repeat(full) + " ".repeat(width - full) + end;
  }
}
