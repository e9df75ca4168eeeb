package io.github.fdistill.files;

import java.io.Closeable;
import java.io.IOException;

/** Files that stay open for what is read from them, or written to them, later. */
public final class KeptOpen {
  /** What is made of an open file. */
  @FunctionalInterface
  public interface Use<F, T> {
    /** Makes it. */
    T of(F file) throws IOException;
  }

  private KeptOpen() {}

  /** What is made of a file that was opened; where that is refused, the file is closed again. */
  public static <F extends Closeable, T> T by(F file, Use<F, T> use) throws IOException {
    try {
      return use.of(file);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }
}
