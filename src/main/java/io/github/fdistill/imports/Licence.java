package io.github.fdistill.imports;

import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a folder says of the use of its weights. */
final class Licence {
  private Licence() {}

  /** The licence in the head of its README.md, between two lines of dashes; empty without one. */
  static String in(Path folder) {
    Path readme = folder.resolve("README.md");
    try {
      List<String> lines = new ArrayList<>();
      RegularFile.linesAsFarAsRead(readme, FileKind.NOTE, (number, line) -> lines.add(line));
      if (lines.isEmpty() || !lines.get(0).strip().equals("---")) {
        return "";
      }
      for (String line : lines.subList(1, lines.size())) {
        if (line.strip().equals("---")) {
          break;
        }
        if (line.startsWith("license:")) {
          return said(line.substring("license:".length()).strip());
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
