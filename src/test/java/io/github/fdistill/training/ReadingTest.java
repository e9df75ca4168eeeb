package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReadingTest {
  private static final String TABLE = "| name | what it is |";

  /** Names in the first column of the table of readings, wherever in the documents it stands. */
  private static List<String> documented() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
    if (Files.isDirectory(Path.of("docs"))) {
      try (Stream<Path> docs = Files.list(Path.of("docs"))) {
        pages.addAll(docs.filter(page -> page.toString().endsWith(".md")).toList());
      }
    }
    List<String> names = new ArrayList<>();
    for (Path page : pages) {
      List<String> lines = Files.readAllLines(page);
      int row = lines.indexOf(TABLE);
      for (row += 2; row > 1 && row < lines.size() && lines.get(row).startsWith("|"); row++) {
        Matcher name = Pattern.compile("`([^`]+)`").matcher(lines.get(row).split("\\|")[1]);
        while (name.find()) {
          names.add(name.group(1));
        }
      }
    }
    return names;
  }

  @Test
  void theDocumentsNameEveryReadingAndNoOther() throws IOException {
    List<String> names = new ArrayList<>(documented());
    assertTrue(names.removeIf(name -> name.contains("/")), "measures stand there too");
    assertEquals(names.size(), new TreeSet<>(names).size(), "each once: " + names);
    List<String> readings = Stream.of(Reading.values()).map(Reading::toString).sorted().toList();
    assertEquals(readings, names.stream().sorted().toList());
  }

  @Test
  void textsKeepTheirOrder() {
    Map<Reading, Integer> readings = new LinkedHashMap<>();
    readings.put(Reading.RATIO, 1);
    readings.put(Reading.FAKE_SCORE_LOSS, 2);
    assertEquals("{ratio=1, fake_score_loss=2}", Reading.byText(readings).toString());
  }
}
