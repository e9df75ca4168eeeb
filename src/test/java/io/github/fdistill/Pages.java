package io.github.fdistill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pages that tell of the program: the README, then those of docs/ and results/. */
public final class Pages {
  public static final Path README = Path.of("README.md");
  public static final Path DOCS = Path.of("docs");
  private static final Pattern BLOCK = Pattern.compile("(?m)(^ {4}.*\\n)+");
  private static final Pattern QUOTED = Pattern.compile("`([^`\\n]+)`");

  private Pages() {}

  public static List<Path> all() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(README));
    for (Path folder : List.of(DOCS, Path.of("results"))) {
      try (Stream<Path> files = Files.walk(folder)) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
      }
    }
    return pages;
  }

  /** The lines of its blocks of code; one that ends in a backslash goes on in the next. */
  public static List<String> code(Path page) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String block : found(BLOCK, 0, Files.readString(page))) {
      block.replace("\\\n", " ").lines().map(String::strip).forEach(lines::add);
    }
    return lines;
  }

  /** What stands between backticks. */
  public static List<String> quoted(Path page) throws IOException {
    return found(QUOTED, 1, BLOCK.matcher(Files.readString(page)).replaceAll(""));
  }

  /** What the group of a pattern matches, in the order of the text. */
  static List<String> found(Pattern pattern, int group, String text) {
    return pattern.matcher(text).results().map((MatchResult m) -> m.group(group)).toList();
  }
}
