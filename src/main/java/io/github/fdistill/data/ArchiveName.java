package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** What files in an archive may be called; nothing of them is ever written to a disk. */
final class ArchiveName {
  private static final int MOST_CHARACTERS = 4096;

  private ArchiveName() {}

  /**
   * The text of a name's bytes. Those that are no UTF-8 would be U+FFFD, whatever they are, and two
   * names could be one: that does not matter of what is hidden alone.
   *
   * @throws InputException if they are no UTF-8, and the name is not hidden
   */
  static String text(Path archive, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean same = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
    if (!same && !NamedFiles.isHiddenPath(plain(text))) {
      throw new InputException(
          archive.toString(),
          "a file called '" + shown(text) + "' in it, whose bytes are no UTF-8",
          "names in UTF-8",
          "make the archive again of a folder whose names are; convmv -f latin1 -t utf8 -r --notest"
              + " renames all of a folder, from Latin-1");
    }
    return text;
  }

  /** A name without a leading ./ and without a / at its end; of any length, each letter once. */
  private static String plain(String name) {
    int start = 0;
    while (name.startsWith("./", start)) {
      start += 2;
    }
    int end = name.length();
    while (end > start && name.charAt(end - 1) == '/') {
      end--;
    }
    return name.substring(start, end);
  }

  private static String shown(String name) {
    String start = name.length() > 100 ? name.substring(0, 100) + "..." : name;
    return start.replaceAll("\\p{Cntrl}", "?");
  }

  /**
   * The {@link #plain} name.
   *
   * @throws InputException if it is longer than any, leads out of the archive, or is not hidden and
   *     holds what no name should
   */
  static String checked(Path archive, String name) {
    if (name.length() > MOST_CHARACTERS) {
      throw wrong(archive, name, "names of at most " + MOST_CHARACTERS + " letters");
    }
    String plain = plain(name);
    boolean leadsOut = plain.startsWith("/") || plain.matches("(?s)(^|.*/)\\.\\.(/.*|$)");
    boolean odd = plain.chars().anyMatch(c -> c < ' ' || c == '\\' || c == 0x7f);
    if (leadsOut || odd && !NamedFiles.isHiddenPath(plain)) {
      throw wrong(archive, plain, "names such as cats/a.png, which stay within the archive");
    }
    return plain;
  }

  private static InputException wrong(Path archive, String name, String needed) {
    return new InputException(
        archive.toString(),
        "a file called '" + shown(name) + "' in it",
        needed,
        "make the archive again from a folder");
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
