package io.github.fdistill.report;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows under a header. A column whose cells are all numbers (or empty) stands to the right.
 *
 * @param rows each with a cell for every column
 */
public record Table(List<String> header, List<List<String>> rows) implements Block {
  private static final String DIGITS =
      "[+\u2212-]?(\\d[\\d,\u2009 ]*(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?";

  /** Such as 12, -0.5, 1.2e-3, 98.1%, 3.4 ± 0.2, 12x, NaN; a dash stands for no number. */
  private static final Pattern NUMBER =
      Pattern.compile(DIGITS + "( ?± ?" + DIGITS + ")? ?[%x×]?|NaN|[+-]?(∞|Infinity)|[-–—]?");

  public Table {
    header = List.copyOf(header);
    rows = rows.stream().map(List::copyOf).toList();
    if (header.isEmpty()) {
      throw new IllegalArgumentException("a table without columns");
    }
    for (List<String> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException("a row of " + row.size() + " cells under " + header);
      }
    }
  }

  /** A table that has no rows yet. */
  public static Table of(String... header) {
    return new Table(List.of(header), List.of());
  }

  /** This table with one more row. */
  public Table with(String... cells) {
    List<List<String>> more = new ArrayList<>(rows);
    more.add(List.of(cells));
    return new Table(header, more);
  }

  /** In a box of its own, which scrolls sideways where the page is narrower than the table. */
  @Override
  public String html() {
    StringBuilder out = new StringBuilder("<div class=\"scroll\" tabindex=\"0\"><table>\n<thead>");
    String[] align =
        columns().mapToObj(c -> isNumeric(c) ? " class=\"number\">" : ">").toArray(String[]::new);
    out.append(htmlRow("th", " scope=\"col\"", align, header)).append("</thead>\n<tbody>\n");
    rows.forEach(row -> out.append(htmlRow("td", "", align, row)).append('\n'));
    return out.append("</tbody>\n</table></div>").toString();
  }

  @Override
  public String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(markdownRow(header));
    lines.add(columns().mapToObj(c -> isNumeric(c) ? "---:|" : "---|").collect(joining()));
    rows.forEach(row -> lines.add(markdownRow(row)));
    return String.join("\n", lines);
  }

  /** Whether a column stands to the right: all its cells are numbers or empty, and one is none. */
  boolean isNumeric(int column) {
    return rows.stream().anyMatch(row -> !row.get(column).isBlank())
        && rows.stream().allMatch(row -> NUMBER.matcher(row.get(column).strip()).matches());
  }

  private static String htmlRow(String tag, String scope, String[] align, List<String> cells) {
    StringBuilder out = new StringBuilder("<tr>");
    for (int c = 0; c < cells.size(); c++) {
      out.append('<').append(tag).append(scope).append(align[c]);
      out.append(Html.escape(cells.get(c))).append("</").append(tag).append('>');
    }
    return out.append("</tr>").toString();
  }

  private static String markdownRow(List<String> cells) {
    return cells.stream().map(cell -> " " + Markdown.escape(cell) + " |").collect(joining());
  }

  private static Collector<CharSequence, ?, String> joining() {
    return Collectors.joining("", "|", "");
  }

  private IntStream columns() {
    return IntStream.range(0, header.size());
  }
}
