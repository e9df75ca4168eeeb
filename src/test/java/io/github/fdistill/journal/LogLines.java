package io.github.fdistill.journal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What was logged while it was open. */
final class LogLines implements AutoCloseable {
  private final PrintStream before = System.err;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  LogLines() {
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
  }

  /** The lines so far, without their time of day. */
  List<String> get() {
    return bytes.toString(StandardCharsets.UTF_8).lines().map(l -> l.substring(9)).toList();
  }

  @Override
  public void close() {
    System.setErr(before);
  }
}
