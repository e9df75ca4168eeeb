package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.file.Path;

/** What files in an archive may be called; nothing of them is ever written to a disk. */
final class ArchiveName {
  private static final int MOST_CHARACTERS = 4096;

  private ArchiveName() {}

  /**
   * A name without a leading ./ and without a / at its end.
   *
   * @throws InputException if it leads out of the archive, or holds what no name should
   */
  static String checked(Path archive, String name) {
    String plain = name.replaceFirst("^(\\./)+", "").replaceFirst("/+$", "");
    boolean leadsOut = plain.startsWith("/") || plain.matches("(^|.*/)\\.\\.(/.*|$)");
    boolean odd = plain.chars().anyMatch(c -> c < ' ' || c == '\\' || c == 0x7f);
    if (leadsOut || odd || plain.length() > MOST_CHARACTERS) {
      String shown = plain.length() > 100 ? plain.substring(0, 100) + "..." : plain;
      throw new InputException(
          archive.toString(),
          "a file called '" + shown.replaceAll("\\p{Cntrl}", "?") + "' in it",
          "names such as cats/a.png, which stay within the archive",
          "make the archive again from a folder");
    }
    return plain;
  }

  /** Two files of one name: which is meant is not clear. */
  static InputException twice(Path archive, String name) {
    return new InputException(
        archive.toString(),
        "two files called " + name,
        "a name for each file",
        "make the archive again from a folder");
  }

  static InputException damaged(Path archive, String how, Throwable cause) {
    return new InputException(
        archive.toString(), "damaged: " + how, "a whole archive", "copy the file again", cause);
  }
}
