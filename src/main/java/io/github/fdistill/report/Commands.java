package io.github.fdistill.report;

import java.util.regex.Pattern;

/**
 * Lines shown as they are typed.
 *
 * @param lines one or several, with line breaks between
 */
public record Commands(String lines) implements Block {
  private static final Pattern BACKTICKS = Pattern.compile("`+");

  @Override
  public String html() {
    return "<pre tabindex=\"0\"><code>" + Html.escape(lines.stripTrailing()) + "</code></pre>";
  }

  /** Between fences longer than any row of backticks in the lines. */
  @Override
  public String markdown() {
    int longest =
        BACKTICKS.matcher(lines).results().mapToInt(r -> r.group().length()).max().orElse(0);
    String fence = "`".repeat(Math.max(3, longest + 1));
    return fence + "\n" + lines.stripTrailing() + "\n" + fence;
  }
}
