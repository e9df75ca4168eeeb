package io.github.fdistill.imports;

import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What a folder says of the use of its weights. */
final class Licence {
  private static final Pattern NOT_COMMERCIAL =
      Pattern.compile("-nc|non-?commercial", Pattern.CASE_INSENSITIVE);

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
      String kind = value(lines, "license:");
      String name = value(lines, "license_name:"); // Of those that have no word of their own.
      return said(kind.equals("other") && !name.isEmpty() ? name : kind);
    } catch (IOException e) {
      return "";
    }
  }

  /** What stands behind a word in the head, without quotes; empty where it does not stand there. */
  private static String value(List<String> lines, String word) {
    return lines.stream()
        .skip(1)
        .takeWhile(line -> !line.strip().equals("---"))
        .filter(line -> line.startsWith(word))
        .findFirst()
        .map(line -> line.substring(word.length()).strip().replaceAll("^[\"']|[\"']$", ""))
        .orElse("");
  }

  private static String said(String name) {
    boolean free = !NOT_COMMERCIAL.matcher(name).find();
    return free ? name : name + ": not for commercial use";
  }
}
