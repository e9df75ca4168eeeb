package io.github.fdistill.report;

import io.github.fdistill.Shown;

/** The frame of an HTML page, and text within it. */
final class Html {
  /**
   * Wide things shrink (pictures) or scroll in their own box (tables, commands): 360 px are enough.
   */
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --back: #ffffff;
        --line: #d0d7de; --box: #f3f5f7; }
      @media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #9aa4af;
        --back: #14181d; --line: #3a424c; --box: #1f252c; } }
      * { box-sizing: border-box; }
      body { margin: 0 auto; padding: 1rem; max-width: 47rem; background: var(--back);
        color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
      h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; }
      h2 { font-size: 1.25rem; line-height: 1.3; margin: 2rem 0 0.5rem; }
      p { margin: 0.75rem 0; }
      figure { margin: 1.25rem 0; }
      figure img { display: block; max-width: 100%; height: auto; background: #ffffff;
        border-radius: 4px; }
      .rows { display: flex; align-items: stretch; gap: 0.5rem; }
      .rows ol { display: flex; flex-direction: column; list-style: none; margin: 0; padding: 0;
        max-width: 40%;
        font-size: 0.75rem; line-height: 1.1; color: var(--quiet); overflow-wrap: normal; }
      .rows li { flex: 1; display: flex; align-items: center; }
      .rows img { min-width: 0; object-fit: contain; object-position: left; }
      figcaption { margin-top: 0.4rem; font-size: 0.9rem; color: var(--quiet); }
      .scroll { overflow-x: auto; margin: 1rem 0; }
      table { border-collapse: collapse; font-size: 0.92rem; overflow-wrap: normal; }
      th, td { padding: 0.3rem 0.5rem; border-bottom: 1px solid var(--line); text-align: left;
        white-space: nowrap; }
      th, td:not(.number) { white-space: normal; overflow-wrap: anywhere; min-width: 3.4rem; }
      th { border-bottom-width: 2px; }
      .number { text-align: right; font-variant-numeric: tabular-nums; }
      pre { margin: 1rem 0; padding: 0.7rem; overflow-x: auto; background: var(--box);
        border-radius: 4px; font-size: 0.85rem; white-space: pre-wrap; }
      @media print { .scroll, pre { overflow: visible; } figure { break-inside: avoid; } }
      """;

  private Html() {}

  /** Text between tags or within a quoted attribute; what no eye sees is written out. */
  static String escape(String text) {
    StringBuilder out = new StringBuilder();
    for (char c : Shown.text(text).toCharArray()) {
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  /** A page around this body; its policy lets a browser fetch nothing. */
  static String document(String title, String body) {
    return """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        """
        + ("<title>" + escape(title) + "</title>\n<style>\n" + STYLE + "</style>\n</head>\n")
        + ("<body>\n" + body + "</body>\n</html>\n");
  }
}
