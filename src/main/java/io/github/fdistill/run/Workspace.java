package io.github.fdistill.run;

import io.github.fdistill.files.Installation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where the program works: a folder that runs go to, {@code runs/NAME}, and models, {@code
 * savedmodels/NAME/VERSION}.
 *
 * @param root relative paths begin here, those of flags and those in configs
 */
public record Workspace(Path root) {
  /** An absolute path where a word, a flag's value or a quoted text begins. */
  private static final Pattern ABSOLUTE = Pattern.compile("(?m)(?<=^|[=\"])/[^\"\\n]*");

  /** The working directory. */
  public static Workspace here() {
    return at(Path.of(""));
  }

  /** A folder, which need not be there yet. */
  public static Workspace at(Path root) {
    return new Workspace(root);
  }

  /** Below the root, or what comes with the program: see {@link Installation#find}. */
  public Path path(String text) {
    return Installation.ofThisProgram().find(root, text);
  }

  /**
   * The path as it is seen from the root, with slashes: what is shown, and what is recorded. What
   * comes with the program is seen so from everywhere; what lies on another drive is named whole.
   */
  public String relative(Path path) {
    Path base = root.toAbsolutePath().normalize();
    Path full = path.toAbsolutePath().normalize();
    boolean reachable = full.getRoot().equals(base.getRoot());
    Path seen = reachable ? base.relativize(full) : full;
    String text =
        Installation.ofThisProgram().name(full).orElse(seen).toString().replace('\\', '/');
    return text.isEmpty() ? "." : text;
  }

  /** A word of a command line with an absolute path in it made {@link #relative(Path)}. */
  public String relative(String word) {
    return ABSOLUTE.matcher(word).replaceAll(found -> quoted(relativePath(found.group())));
  }

  /** A path as a setting names it, {@link #relative(Path)} where it is absolute. */
  String relativePath(String text) {
    try {
      Path path = Path.of(text);
      return path.isAbsolute() ? relative(path) : text;
    } catch (InvalidPathException e) {
      return text; // It only looks like one, as "/what?" on Windows.
    }
  }

  private static String quoted(String replacement) {
    return java.util.regex.Matcher.quoteReplacement(replacement);
  }
}
