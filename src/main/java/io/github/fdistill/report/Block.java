package io.github.fdistill.report;

/** A part of a section, which says itself in both languages of a {@link Page}. */
public sealed interface Block permits Paragraph, Table, Figure, Commands {
  /** As HTML, all text escaped. */
  String html();

  /** As Markdown of GitHub's flavour, all text escaped; ends without a line break. */
  String markdown();
}
