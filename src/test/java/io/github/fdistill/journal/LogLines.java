package io.github.fdistill.journal;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What was logged while it was open, by the thread that opened it: others may log as well. */
public final class LogLines implements AutoCloseable {
  private final PrintStream before = System.err;
  private final Thread owner = Thread.currentThread();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Begins to listen. */
  public LogLines() {
    System.setErr(new PrintStream(new OfOwner(), true, StandardCharsets.UTF_8));
  }

  /** What other threads write goes where it went before. */
  private final class OfOwner extends OutputStream {
    @Override
    public void write(int letter) {
      write(new byte[] {(byte) letter}, 0, 1);
    }

    @Override
    public void write(byte[] some, int from, int length) {
      if (Thread.currentThread() == owner) {
        bytes.write(some, from, length);
      } else {
        before.write(some, from, length);
      }
    }
  }

  /** The lines so far that begin with a time of day, without that. */
  public List<String> get() {
    return bytes
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.matches("\\d\\d:\\d\\d:\\d\\d .*"))
        .map(line -> line.substring(9))
        .toList();
  }

  @Override
  public void close() {
    System.setErr(before);
  }
}
