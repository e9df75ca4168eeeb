package io.github.fdistill;

/**
 * Text as people see it. What comes from files, models and settings may hold characters that move a
 * terminal's cursor, ring its bell, or turn the order of letters round: they are shown as JSON
 * writes them, {@code \u001b}. Whatever is printed passes {@link #text}; a name within it that
 * somebody else chose passes {@link #name} first, so that it begins no line of its own.
 */
public final class Shown {
  private static final int ZERO_WIDTH_NON_JOINER = 0x200c;
  private static final int ZERO_WIDTH_JOINER = 0x200d;
  private static final int SOFT_HYPHEN = 0xad;

  private Shown() {}

  /** Several lines: line breaks and tabs stay. */
  public static String text(String text) {
    return shown(text, true);
  }

  /** A name, or whatever stands on one line: line breaks and tabs are shown too. */
  public static String name(String name) {
    return shown(name, false);
  }

  /** On one line, as sentences of TensorFlow and Java are: a line break is a blank. */
  public static String line(String text) {
    return name(text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " "));
  }

  private static String shown(String text, boolean lines) {
    if (text.codePoints().noneMatch(c -> hidden(c, lines))) {
      return text;
    }
    if (lines && text.contains("\r\n")) {
      return shown(text.replace("\r\n", "\n"), true);
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (hidden(c, lines)) {
                for (char half : Character.toChars(c)) {
                  shown.append(String.format("\\u%04x", (int) half));
                }
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }

  /** Controls, marks of direction and other formats, lone halves of characters. */
  private static boolean hidden(int c, boolean lines) {
    if (c < 0x7f && c >= ' ' || lines && (c == '\n' || c == '\t')) {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      // Letters of some languages are joined with these.
      case Character.FORMAT ->
          c != ZERO_WIDTH_JOINER && c != ZERO_WIDTH_NON_JOINER && c != SOFT_HYPHEN;
      default -> false;
    };
  }
}
