package io.github.fdistill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What trials ({@code mvn -Ptrials test}) have found, in {@code target/trials}. */
public final class Trials {
  private Trials() {}

  /** Writes a page, and shows it. */
  public static void write(String name, String text) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "trials"));
    Files.writeString(folder.resolve(name), text);
    System.out.println(text);
  }
}
