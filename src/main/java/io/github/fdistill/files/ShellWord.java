package io.github.fdistill.files;

/** Words of commands that are printed to be typed. */
public final class ShellWord {
  private ShellWord() {}

  /** A word as a shell reads it: in quotes where it needs some. */
  public static String quoted(String word) {
    return word.matches("[\\w./+@%,:=-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
