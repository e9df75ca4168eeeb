package io.github.fdistill.cli;

import io.github.fdistill.Shown;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What is printed, as it is shown: every character that a terminal would obey is written out
 * ({@link Shown#text}). Whoever draws on the terminal on purpose, such as the line of progress,
 * does so past this.
 */
final class ShownStream extends OutputStream {
  private final PrintStream to;

  /** The bytes of a character that has begun. */
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

  private ShownStream(PrintStream to) {
    this.to = to;
  }

  /** A stream that prints to another one. */
  static PrintStream over(PrintStream to) {
    return new PrintStream(new ShownStream(to), true, StandardCharsets.UTF_8);
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    begun.write(bytes, offset, length);
    byte[] all = begun.toByteArray();
    int whole = whole(all);
    begun.reset();
    begun.write(all, whole, all.length - whole);
    to.print(Shown.text(new String(all, 0, whole, StandardCharsets.UTF_8)));
  }

  /** Where the last character begins that is not whole yet. */
  private static int whole(byte[] utf8) {
    int start = utf8.length;
    int most = Math.max(0, utf8.length - 3);
    while (start > most && (utf8[start - 1] & 0xc0) == 0x80) {
      start--;
    }
    if (start == 0) {
      return utf8.length;
    }
    int lead = utf8[start - 1] & 0xff;
    int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return utf8.length - (start - 1) < length ? start - 1 : utf8.length;
  }

  @Override
  public void flush() {
    to.flush();
  }
}
