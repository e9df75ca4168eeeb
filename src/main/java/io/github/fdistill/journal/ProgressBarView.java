package io.github.fdistill.journal;

import java.nio.charset.Charset;
import java.time.Duration;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;

/** A bar in the last line of the terminal, drawn by the library twice a second. */
final class ProgressBarView implements ProgressView {
  private final TerminalLine line = TerminalLine.open();
  private final ProgressBar bar;

  ProgressBarView(String name, long firstStep, long totalSteps) {
    // A consumer of our own: the library's asks JLine for the width, which takes over the signals.
    bar =
        ProgressBar.builder()
            .setTaskName(name)
            .setInitialMax(totalSteps)
            .startsFrom(firstStep, Duration.ZERO)
            .setUpdateIntervalMillis(500)
            .setRenderer(new ProgressLine(hasBlocks()))
            .setConsumer(new DelegatingProgressBarConsumer(line::draw, TerminalLine.width() - 1))
            .build();
  }

  @Override
  public void show(long step, String numbers) {
    bar.setExtraMessage(numbers);
    bar.stepTo(step);
  }

  @Override
  public void close() {
    bar.close();
    line.close();
  }

  private static boolean hasBlocks() {
    Charset terminal = Charset.forName(System.getProperty("native.encoding", "US-ASCII"));
    return terminal.newEncoder().canEncode('█');
  }
}
