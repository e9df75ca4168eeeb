package io.github.fdistill.report;

/**
 * Running text.
 *
 * @param text plain; a line break in it is a space
 */
public record Paragraph(String text) implements Block {
  @Override
  public String html() {
    return "<p>" + Html.escape(text) + "</p>";
  }

  @Override
  public String markdown() {
    return Markdown.escape(text);
  }
}
