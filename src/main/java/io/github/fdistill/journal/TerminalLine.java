package io.github.fdistill.journal;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The terminal's last line, redrawn in place on System.out. While it is open, what the program
 * prints on System.err (its log) appears in lines of its own above it.
 */
final class TerminalLine implements AutoCloseable {
  private static final String ERASE_LINE = "\r\u001b[K";
  private static final int USUAL_WIDTH = 80;

  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private String text = "";

  private TerminalLine() {}

  static TerminalLine open() {
    TerminalLine line = new TerminalLine();
    System.setErr(new PrintStream(line.new Above(), true));
    return line;
  }

  /** Replaces what the line shows. */
  synchronized void draw(String newText) {
    text = newText;
    out.print(ERASE_LINE + text);
    out.flush();
  }

  /** Leaves the line as it stands, and System.err as it was. */
  @Override
  public synchronized void close() {
    System.setErr(err);
    out.println();
  }

  private synchronized void printAbove(byte[] bytes, int offset, int length) {
    out.print(ERASE_LINE);
    out.flush();
    err.write(bytes, offset, length);
    err.flush();
    if (length > 0 && bytes[offset + length - 1] == '\n') {
      draw(text);
    }
  }

  /** What stands for System.err meanwhile. */
  private final class Above extends OutputStream {
    @Override
    public void write(int b) {
      printAbove(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      printAbove(bytes, offset, length);
    }
  }

  /** The terminal's columns, asked of {@code stty}; 80 where it cannot say. */
  static int width() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String[] size =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
              .strip()
              .split(" ");
      int columns = size.length == 2 ? Integer.parseInt(size[1]) : 0;
      return columns > 0 ? columns : USUAL_WIDTH;
    } catch (IOException e) {
      return USUAL_WIDTH;
    }
  }
}
