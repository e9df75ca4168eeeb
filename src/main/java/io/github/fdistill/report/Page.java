package io.github.fdistill.report;

import io.github.fdistill.InputException;
import io.github.fdistill.files.WholeFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A page to be read, in two languages: one HTML file that holds everything, for a reader without a
 * network; or Markdown with its figures beside it, for a repository.
 *
 * @param sections their figures have names of their own
 */
public record Page(String title, List<Section> sections) {
  public Page {
    sections = List.copyOf(sections);
    Set<String> names = new HashSet<>();
    for (Figure figure : figures(sections)) {
      if (!names.add(figure.name())) {
        throw new IllegalArgumentException("two figures are called " + figure.name());
      }
    }
  }

  /** The whole page as HTML: figures are data URIs, styles stand within, there are no scripts. */
  public String html() {
    StringBuilder body = new StringBuilder("<h1>" + Html.escape(title) + "</h1>\n");
    for (Section section : sections) {
      body.append("<section>\n<h2>").append(Html.escape(section.heading())).append("</h2>\n");
      section.blocks().forEach(block -> body.append(block.html()).append('\n'));
      body.append("</section>\n");
    }
    return Html.document(title, body.toString());
  }

  /** The whole page as Markdown of GitHub's flavour; its figures are files beside it. */
  public String markdown() {
    StringBuilder page = new StringBuilder("# " + Markdown.escape(title) + "\n");
    for (Section section : sections) {
      page.append("\n## ").append(Markdown.escape(section.heading())).append('\n');
      section.blocks().forEach(block -> page.append('\n').append(block.markdown()).append('\n'));
    }
    return page.toString();
  }

  /**
   * Writes {@link #html()}.
   *
   * @throws InputException if the file cannot be written
   */
  public void writeHtml(Path file) {
    write(file, html().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes the figures into the file's folder, then {@link #markdown()}: a page that is there has
   * its figures.
   *
   * @throws InputException if one of them cannot be written
   */
  public void writeMarkdown(Path file) {
    for (Figure figure : figures(sections)) {
      write(file.resolveSibling(figure.file()), Png.bytes(figure.picture()));
    }
    write(file, markdown().getBytes(StandardCharsets.UTF_8));
  }

  private static void write(Path file, byte[] bytes) {
    WholeFile.write(file, out -> out.write(bytes));
  }

  private static List<Figure> figures(List<Section> sections) {
    return sections.stream()
        .flatMap(section -> section.blocks().stream())
        .filter(Figure.class::isInstance)
        .map(Figure.class::cast)
        .toList();
  }
}
