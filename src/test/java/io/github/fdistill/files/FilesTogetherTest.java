package io.github.fdistill.files;

import static io.github.fdistill.files.AtomicFileTest.names;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesTogetherTest {
  @TempDir Path folder;

  private final Map<String, AtomicFile.Content> files = new LinkedHashMap<>();

  private static AtomicFile.Content text(String text) {
    return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private String read(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  /** An array with labels and captions, in a folder that has more. */
  @BeforeEach
  void olderOnes() throws IOException {
    for (String name : List.of("array", "labels", "captions", "other")) {
      Files.writeString(folder.resolve(name), "old");
    }
    files.put("array", text("new"));
  }

  private void write() {
    FilesTogether.write(
        folder, files, List.of(folder.resolve("labels"), folder.resolve("captions")));
  }

  @Test
  void newOnesTakeThePlaceOfOldOnesAndOthersStay() throws IOException {
    files.put("labels", text("new"));
    write();
    assertEquals("newnewold", read("array") + read("labels") + read("other"));
    assertEquals(Set.of("array", "labels", "other"), Set.copyOf(names(folder)));
    Path made = folder.resolve("a/b");
    FilesTogether.write(made, files, List.of());
    assertEquals(Set.of("array", "labels"), Set.copyOf(names(made)));
  }

  @Test
  void whatFailsBeforeAllAreWrittenChangesNothing() throws IOException {
    files.put(
        "labels",
        out -> {
          out.write(new byte[1 << 20]);
          throw new IOException("No space left on device");
        });
    InputException refused = assertThrows(InputException.class, this::write);
    String said = refused.getMessage();
    assertTrue(said.contains(folder.resolve("labels") + ": cannot be written: No space"), said);
    assertEquals("oldoldold", read("array") + read("labels") + read("captions"));
    assertEquals(4, names(folder).size());
    files.put("labels", text("new"));
    files.put("folder", text("new"));
    Files.createDirectory(folder.resolve("folder"));
    said = assertThrows(InputException.class, this::write).getMessage();
    assertTrue(said.contains("a folder, no regular file"), said);
    assertEquals("oldoldold", read("array") + read("labels") + read("captions"));
  }

  /** The second cannot take its place: it is as if the process ended there. */
  @Test
  void theOldOnesAreGoneBeforeTheFirstComes() throws IOException {
    files.put(
        "names",
        out -> {
          assertEquals("oldoldold", read("array") + read("labels") + read("captions"));
          Files.createDirectories(folder.resolve("names/inside"));
        });
    String said = assertThrows(InputException.class, this::write).getMessage();
    assertTrue(said.contains(folder.resolve("names") + ": cannot be written"), said);
    assertEquals("new", read("array"));
    assertEquals(List.of("array", "names", "other"), names(folder));
  }
}
