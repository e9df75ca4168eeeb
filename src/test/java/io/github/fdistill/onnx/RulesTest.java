package io.github.fdistill.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RulesTest {
  /** The page lists just what is translated, or worked out while a file is read. */
  @Test
  void thePageListsTheOps() throws IOException {
    Set<String> listed = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("docs/import.md"))) {
      String[] cells = line.split("\\|");
      Set<String> kinds =
          Set.of("images", "products", "norms", "activations", "numbers", "sums", "shapes");
      if (cells.length == 3 && kinds.contains(cells[1].strip())) {
        listed.addAll(Arrays.asList(cells[2].strip().split(", ")));
      }
    }
    Set<String> known = new TreeSet<>(Rules.names());
    known.addAll(List.of("Constant", "Shape", "Size", "Trilu"));
    assertEquals(known, listed);
  }
}
