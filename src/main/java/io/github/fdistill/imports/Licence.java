package io.github.fdistill.imports;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What a folder says of the use of its weights. */
final class Licence {
  private static final int MOST_BYTES = 1 << 20;

  private Licence() {}

  /** The licence in the head of its README.md, between two lines of dashes; empty without one. */
  static String in(Path folder) {
    Path readme = folder.resolve("README.md");
    try {
      if (!Files.isRegularFile(readme) || Files.size(readme) > MOST_BYTES) {
        return "";
      }
      String[] lines = new String(Files.readAllBytes(readme), StandardCharsets.UTF_8).split("\\R");
      if (lines.length == 0 || !lines[0].strip().equals("---")) {
        return "";
      }
      for (int i = 1; i < lines.length && !lines[i].strip().equals("---"); i++) {
        if (lines[i].startsWith("license:")) {
          return said(lines[i].substring("license:".length()).strip());
        }
      }
      return "";
    } catch (IOException e) {
      return "";
    }
  }

  private static String said(String name) {
    boolean free = !name.toLowerCase(Locale.ROOT).contains("-nc");
    return free ? name : name + ": not for commercial use";
  }
}
