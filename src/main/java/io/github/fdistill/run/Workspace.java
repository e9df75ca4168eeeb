package io.github.fdistill.run;

import io.github.fdistill.files.Installation;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where the program works.
 *
 * @param root relative paths begin here, those of flags and those in configs
 * @param out what the command has to say
 */
public record Workspace(Path root, PrintStream out) {
  /** An absolute path where a word, a flag's value or a quoted text begins. */
  private static final Pattern ABSOLUTE = Pattern.compile("(?m)(?<=^|[=\"])/[^\"\\n]*");

  /** The working directory. */
  public static Workspace here(PrintStream out) {
    return new Workspace(Path.of(""), out);
  }

  /** Below the root, or what comes with the program: see {@link Installation#find}. */
  public Path path(String text) {
    return Installation.ofThisProgram().find(root, text);
  }

  /**
   * The path as it is seen from the root, with slashes: what is shown, and what is recorded. What
   * comes with the program is seen so from everywhere.
   */
  public String relative(Path path) {
    Path base = root.toAbsolutePath().normalize();
    Path full = path.toAbsolutePath().normalize();
    boolean reachable = full.getRoot().equals(base.getRoot());
    Path seen = reachable ? base.relativize(full) : full.getFileName();
    String text =
        Installation.ofThisProgram().name(full).orElse(seen).toString().replace('\\', '/');
    return text.isEmpty() ? "." : text;
  }

  /** A text with its absolute paths made {@link #relative(Path)}. */
  public String relative(String text) {
    return ABSOLUTE.matcher(text).replaceAll(found -> quoted(relative(Path.of(found.group()))));
  }

  private static String quoted(String replacement) {
    return java.util.regex.Matcher.quoteReplacement(replacement);
  }
}
