package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages point at is there, also in a distribution. */
class PagesTest {
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern ROOM = Pattern.compile("(?m)^\\| `(\\w+)` \\|");
  private static final Pattern PAGE = Pattern.compile("docs/[\\w-]+\\.md");
  private static final Pattern PATH =
      Pattern.compile("(?<![\\w./-])(graphs|savedmodels|datasets|results|docs|src)/[\\w./-]*\\w");

  /** What the reader makes, and what stands for a name of the reader's. */
  private static final Pattern MADE =
      Pattern.compile(
          "savedmodels/(teacher|student|features|served|tiny-ddpm(/1)?|tiny(-dit|-sd|-prompts)?-student|tiny-sd(/1)?|tiny-dit|tiny-further|inception-(32|64|512|1024)|clip-512|(cifar10|imagenet-64|sd15|sdxl)-(f-distill|dmd2))|savedmodels/(fashion-mnist|emoji)-student\\b.*|(graphs|datasets|savedmodels)/mine\\b.*|(graphs|savedmodels)/digits\\b.*|.*/NAME\\b.*");

  private static final Path DISTRIBUTION = Path.of("src/dist/distribution.xml");
  private static final Pattern BROUGHT = Pattern.compile("<(?:include|source)>([\\w./-]+)");

  /** Whether a distribution has a file, or some of a folder. */
  private static boolean isBrought(Path path) throws IOException {
    return Pages.found(BROUGHT, 1, Files.readString(DISTRIBUTION)).stream()
        .map(Path::of)
        .anyMatch(brought -> path.startsWith(brought) || brought.startsWith(path));
  }

  static List<Path> pages() throws IOException {
    return Pages.all();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkLeadsSomewhere(Path page) throws IOException {
    for (String link : Pages.found(LINK, 1, Files.readString(page))) {
      if (!link.startsWith("https://")) {
        String[] parts = link.split("#", 2);
        Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
        assertTrue(Files.exists(file), link);
        assertTrue(isBrought(file.normalize()), link + " is in no distribution");
        assertTrue(parts.length == 1 || anchors(file).contains(parts[1]), link);
      }
    }
  }

  /** As GitHub makes them. */
  private static List<String> anchors(Path page) throws IOException {
    return Pages.found(HEADING, 1, Files.readString(page)).stream()
        .map(heading -> heading.toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\w -]", "").replace(' ', '-'))
        .toList();
  }

  /** The pages of results name models that were made for them. */
  static List<Path> guides() throws IOException {
    return Pages.all().stream().filter(page -> !page.startsWith("results")).toList();
  }

  @ParameterizedTest
  @MethodSource("guides")
  void everyPathIsThere(Path page) throws IOException {
    for (String text :
        Stream.of(Pages.code(page), Pages.quoted(page)).flatMap(List::stream).toList()) {
      for (String path : Pages.found(PATH, 0, text)) {
        boolean made = MADE.matcher(path).matches();
        assertTrue(made || Files.exists(Path.of(path)) && isBrought(Path.of(path)), path);
      }
    }
  }

  @Test
  void theReadmeIsShortAndLeadsToEveryPage() throws IOException {
    String readme = Files.readString(Pages.README);
    assertTrue(readme.lines().count() <= 150, "a newcomer reads it in five minutes");
    for (Path page : Pages.all()) {
      assertTrue(
          page.equals(Pages.README) || readme.contains("](" + slashes(page) + ")"), slashes(page));
    }
  }

  private static String slashes(Path page) {
    return page.toString().replace('\\', '/');
  }

  /** Which is compiled and run against the jar. */
  @Test
  void whatTheLibrarysPageShowsStandsInItsExample() throws IOException {
    Path example = Path.of("src/it/example");
    String all =
        Files.readString(example.resolve("pom.xml"))
            + Files.readString(example.resolve("src/main/java/example/Example.java"));
    for (String line : Pages.code(Pages.DOCS.resolve("api.md"))) {
      assertTrue(all.contains(line), line);
    }
  }

  /** The program tells where to read on. */
  @Test
  void thePagesThatTheProgramNamesAreThere() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        for (String page : Pages.found(PAGE, 0, Files.readString(file))) {
          assertTrue(Files.exists(Path.of(page)), file + " names " + page);
        }
      }
    }
  }

  @Test
  void theTableOfRoomsIsTheHouseFromItsLowestLine() throws IOException {
    List<String> rooms = Pages.found(ROOM, 1, Files.readString(Pages.DOCS.resolve("house.md")));
    List<List<String>> lines = ArchitectureTest.LINES;
    assertEquals(
        lines.stream().flatMap(List::stream).sorted().toList(), rooms.stream().sorted().toList());
    List<Integer> heights = rooms.stream().map(room -> height(lines, room)).toList();
    assertEquals(heights.stream().sorted().toList(), heights, "lower lines first");
  }

  private static int height(List<List<String>> lines, String room) {
    return lines.indexOf(lines.stream().filter(line -> line.contains(room)).findFirst().get());
  }
}
