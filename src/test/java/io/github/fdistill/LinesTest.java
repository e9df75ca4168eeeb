package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Files are short, and what is said once is not said again. */
class LinesTest {
  private static final Path MAIN = Path.of("src/main/java");
  private static final int MOST_LINES = 400;
  private static final int EQUAL_LINES = 10;

  /** A line of code, and where it stands. */
  private record Line(Path file, int number, String code) {}

  private static List<Path> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  @Test
  void noFileIsLong() throws IOException {
    List<Path> sources = sources(Path.of("src"));
    assertTrue(sources.size() > 500, sources.size() + " files");
    List<String> tooLong = new ArrayList<>();
    for (Path file : sources) {
      int lines = Files.readAllLines(file).size();
      if (lines > MOST_LINES) {
        tooLong.add(file + ": " + lines);
      }
    }
    assertEquals(List.of(), tooLong);
  }

  /** Who comes to a method by a search reads its doc alone. */
  @Test
  void whatIsAroundAStepIsSaidInASentenceOfItsOwn() throws IOException {
    Pattern none = Pattern.compile("/\\*\\*[\\s*]*(@(param|return|throws)|The same\\b)");
    List<String> unsaid = new ArrayList<>();
    for (String room : List.of("training", "diffusion")) {
      for (Path file : sources(MAIN.resolve("io/github/fdistill").resolve(room))) {
        String text = Files.readString(file);
        none.matcher(text)
            .results()
            .forEach(
                doc -> unsaid.add(file + ":" + text.substring(0, doc.start()).lines().count()));
      }
    }
    assertEquals(List.of(), unsaid);
  }

  @Test
  void noTenLinesStandTwice() throws IOException {
    List<List<Line>> files = new ArrayList<>();
    for (Path file : sources(MAIN)) {
      files.add(code(file, Files.readAllLines(file)));
    }
    assertEquals(List.of(), repeated(files));
  }

  @Test
  void tenLinesThatStandTwiceAreFoundWhateverIsBetweenThem() {
    List<String> ten = new ArrayList<>();
    for (int i = 0; i < EQUAL_LINES; i++) {
      ten.add("call(" + i + ");");
    }
    List<String> spaced = new ArrayList<>(ten);
    spaced.add(5, "  // a comment");
    spaced.add(3, "");
    spaced.add(0, "other();");
    List<Line> one = code(Path.of("One.java"), ten);
    List<Line> other = code(Path.of("Other.java"), spaced);
    assertEquals(List.of("One.java:1 and Other.java:2"), repeated(List.of(one, other)));
    assertEquals(List.of(), repeated(List.of(one.subList(1, EQUAL_LINES), other)));
  }

  /** The lines that say something: no blank ones, comments, imports and lone brackets. */
  private static List<Line> code(Path file, List<String> lines) {
    List<Line> code = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      boolean says =
          line.chars().anyMatch(Character::isLetterOrDigit)
              && !line.matches("(import |package |//|/\\*|\\*).*")
              && !line.equals("@Override");
      if (says) {
        code.add(new Line(file, i + 1, line));
      }
    }
    return code;
  }

  /** Where ten lines begin that have stood before. */
  private static List<String> repeated(List<List<Line>> files) {
    Map<List<String>, Line> first = new HashMap<>();
    List<String> found = new ArrayList<>();
    for (List<Line> lines : files) {
      List<String> code = lines.stream().map(Line::code).toList();
      for (int i = 0; i + EQUAL_LINES <= code.size(); i++) {
        Line here = lines.get(i);
        Line before = first.putIfAbsent(code.subList(i, i + EQUAL_LINES), here);
        if (before != null) {
          found.add(
              before.file() + ":" + before.number() + " and " + here.file() + ":" + here.number());
        }
      }
    }
    return found;
  }
}
