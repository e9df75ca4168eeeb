package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.files.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamesNearTest {
  @TempDir Path parent;

  /** They are found by the same names where the program is started elsewhere. */
  @Test
  void namesThatComeWithTheProgramAreNamedToo() throws IOException {
    Files.createDirectories(parent.resolve("savedmodels/brought"));
    Installation program = new Installation(Optional.of(parent));
    List<String> homes = List.of("savedmodels", "runs");
    String near = NamesNear.of(program, Path.of("savedmodels/brougt"), homes);
    assertTrue(near.startsWith("in savedmodels there are [") && near.contains("brought"), near);
    near = NamesNear.of(program, Path.of("brought"), homes);
    assertEquals("name it with the folder that it lies in: savedmodels/brought", near);
    near = NamesNear.of(program, parent.resolve("elsewhere/brought"), homes);
    assertTrue(near.startsWith("there is no folder "), near);
  }
}
