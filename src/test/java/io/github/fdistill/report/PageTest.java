package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageTest {
  /** What would run in a browser, or end an attribute, if it stood there unescaped. */
  private static final String HOSTILE = "<script>alert('%s')</script>&\" onerror=\"";

  @TempDir Path folder;

  @Test
  void everyTextPlaceIsEscapedInHtml() {
    String html = page(place -> HOSTILE.formatted(place)).html();
    assertFalse(html.contains("<script"), html);
    assertFalse(html.contains("\" onerror"), html);
    for (String place : PLACES) {
      String escaped =
          "&lt;script&gt;alert(&#39;" + place + "&#39;)&lt;/script&gt;&amp;&quot; onerror=&quot;";
      assertTrue(html.contains(escaped), place);
    }
    assertEquals(2, html.split("&#39;title&#39;", -1).length - 1, "in the head and above the page");
  }

  @Test
  void everyTextPlaceIsEscapedInMarkdown() {
    String page = page(place -> "<b>" + place + "</b> | *x* [y](z)\n# `q`").markdown();
    for (String place : PLACES) {
      String text = "<b>" + place + "</b> | *x* [y](z)\n# `q`";
      String escaped = "&lt;b&gt;" + place + "&lt;/b&gt; \\| \\*x\\* \\[y\\](z) \\# \\`q\\`";
      assertTrue(page.contains(place.equals("commands") ? text : escaped), place + " in\n" + page);
    }
  }

  @Test
  void theHtmlReadsNothingFromOutside() {
    String html = page(place -> place).html();
    assertFalse(html.contains("http://") || html.contains("https://"), html);
    assertFalse(
        Pattern.compile("<(script|link|iframe|object)|@import|url\\(").matcher(html).find());
    List<String> sources =
        Pattern.compile("(?:src|href)=\"([^\"]{0,22})")
            .matcher(html)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertEquals(List.of("data:image/png;base64,"), sources);
    assertTrue(html.contains("content=\"default-src 'none';"), "the browser is told so too");
  }

  @Test
  void theFigureInTheHtmlIsThePicture() throws IOException {
    Path file = folder.resolve("new/page.html");
    page(place -> place).writeHtml(file);
    String html = Files.readString(file);
    MatchResult data =
        Pattern.compile("base64,([^\"]+)\"").matcher(html).results().findFirst().get();
    byte[] png = Base64.getDecoder().decode(data.group(1));
    assertSame(picture(), ImageIO.read(new ByteArrayInputStream(png)));
    assertTrue(html.contains("width=\"30\" height=\"20\""));
    assertEquals(List.of("page.html"), names(file.getParent()));
  }

  @Test
  void theFiguresOfMarkdownAreFilesBesideIt() throws IOException {
    Path file = folder.resolve("new/page.md");
    page(place -> place).writeMarkdown(file);
    assertEquals(List.of("dots.png", "page.md"), names(file.getParent()));
    assertSame(picture(), ImageIO.read(file.resolveSibling("dots.png").toFile()));
    assertTrue(Files.readString(file).contains("\n![alt](dots.png)\n\n*caption*\n"));
  }

  @Test
  void equalPagesAreEqualBytes() throws IOException {
    page(place -> place).writeHtml(folder.resolve("a.html"));
    page(place -> place).writeHtml(folder.resolve("b.html"));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("a.html")), Files.readAllBytes(folder.resolve("b.html")));
  }

  @Test
  void markdownReadsAsItIsMeant() {
    Page page =
        new Page(
            "Study",
            List.of(
                Section.of(
                    "Result", new Paragraph("One."), Table.of("n").with("1"), new Commands("ls"))));
    assertEquals(
        """
        # Study

        ## Result

        One.

        | n |
        |---:|
        | 1 |

        ```
        ls
        ```
        """,
        page.markdown());
  }

  @Test
  void aFenceIsLongerThanWhatItHolds() {
    assertEquals("`````\na ```` b\n`````", new Commands("a ```` b\n").markdown());
  }

  @Test
  void figuresHaveNamesOfTheirOwnThatAreFileNames() {
    Figure figure = new Figure("dots", picture(), "caption", "alt");
    assertThrows(
        IllegalArgumentException.class,
        () -> new Page("t", List.of(Section.of("a", figure), Section.of("b", figure))));
    for (String name : List.of("", "../up", "a b", ".hidden", "a/b")) {
      assertThrows(
          IllegalArgumentException.class, () -> new Figure(name, picture(), "caption", "alt"));
    }
  }

  @Test
  void aPictureOnDiskBecomesAFigure() throws IOException {
    Path png = folder.resolve("p.png");
    ImageIO.write(picture(), "png", png.toFile());
    assertSame(picture(), Figure.read("p", png, "caption", "alt").picture());
    Path text = Files.writeString(folder.resolve("text.png"), "no picture");
    for (Path wrong : List.of(text, folder.resolve("absent.png"))) {
      InputException refused =
          assertThrows(InputException.class, () -> Figure.read("p", wrong, "caption", "alt"));
      assertTrue(refused.getMessage().startsWith(wrong + ": cannot be read"), refused.getMessage());
    }
    byte[] huge = Files.readAllBytes(png);
    ByteBuffer.wrap(huge).putInt(16, 40_000).putInt(20, 30_000); // Its width and height.
    Files.write(png, huge);
    InputException refused =
        assertThrows(InputException.class, () -> Figure.read("p", png, "caption", "alt"));
    assertTrue(refused.getMessage().contains("30000 x 40000 pixels"), refused.getMessage());
  }

  @Test
  void aPlaceThatCannotBeWrittenIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Page page = page(place -> place);
    assertThrows(InputException.class, () -> page.writeHtml(file.resolve("page.html")));
    assertThrows(InputException.class, () -> page.writeMarkdown(file.resolve("page.md")));
  }

  private static final List<String> PLACES =
      List.of("title", "heading", "paragraph", "commands", "header", "cell", "caption", "alt");

  private static Page page(UnaryOperator<String> text) {
    return new Page(
        text.apply("title"),
        List.of(
            Section.of(
                text.apply("heading"),
                new Paragraph(text.apply("paragraph")),
                new Commands(text.apply("commands")),
                Table.of(text.apply("header")).with(text.apply("cell")),
                new Figure("dots", picture(), text.apply("caption"), text.apply("alt")))));
  }

  private static BufferedImage picture() {
    BufferedImage picture = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(7, 5, 0x0072b2);
    return picture;
  }

  private static void assertSame(BufferedImage expected, BufferedImage found) {
    assertEquals(expected.getWidth(), found.getWidth());
    assertEquals(expected.getHeight(), found.getHeight());
    for (int y = 0; y < expected.getHeight(); y++) {
      for (int x = 0; x < expected.getWidth(); x++) {
        assertEquals(expected.getRGB(x, y), found.getRGB(x, y));
      }
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
