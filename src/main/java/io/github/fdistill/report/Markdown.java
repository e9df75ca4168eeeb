package io.github.fdistill.report;

import io.github.fdistill.Shown;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text within Markdown of GitHub's flavour. */
final class Markdown {
  /** What means something wherever it stands; a backslash before it takes that away. */
  private static final String SPECIAL = "\\`*[]|#~$";

  /** What makes a list, a rule or an underlined heading at the start of a line. */
  private static final Pattern LIST =
      Pattern.compile("^(?:[-+](?=\\s|$)|[-=](?=[-=]*$)|\\d+[.)](?=\\s|$))");

  private static final Pattern SPACE = Pattern.compile("\\s+");

  private Markdown() {}

  /** On one line, so that it stays within its paragraph, heading or table cell. */
  static String escape(String text) {
    String line = SPACE.matcher(Shown.text(text.strip())).replaceAll(" ");
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '_' -> out.append(withinWord(line, i) ? "_" : "\\_");
        default -> out.append(SPECIAL.indexOf(c) < 0 ? "" : "\\").append(c);
      }
    }
    Matcher list = LIST.matcher(out);
    return list.find() ? out.insert(list.end() - 1, '\\').toString() : out.toString();
  }

  /** An underscore as in snake_case emphasises nothing. */
  private static boolean withinWord(String line, int i) {
    return i > 0
        && i + 1 < line.length()
        && Character.isLetterOrDigit(line.charAt(i - 1))
        && Character.isLetterOrDigit(line.charAt(i + 1));
  }
}
