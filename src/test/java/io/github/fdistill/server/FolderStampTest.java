package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.hosting.Enclosed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions that are links, or hold some: what they lead to is theirs. */
class FolderStampTest {
  @TempDir Path folder;
  private Path version;

  @BeforeEach
  void linked() throws IOException {
    version = folder.resolve("model/1");
    write("model/.store/a/saved_model.pb");
    write("model/.store/b/saved_model.pb");
    write("model/weights/variables.index");
    lead(version, ".store/a");
    lead(folder.resolve("model/.store/a/variables"), "../../weights");
  }

  private void write(String file) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, "one");
  }

  /** As a deployment swaps what is there for something else, in one step. */
  private static void lead(Path link, String to) throws IOException {
    Path next = link.resolveSibling("next");
    Files.createSymbolicLink(next, Path.of(to));
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void changesWhenALinkLeadsElsewhereOrWhatItLeadsToChanges() throws IOException {
    FolderStamp first = FolderStamp.of(version);
    assertEquals(first, FolderStamp.of(version));
    Files.writeString(folder.resolve("model/weights/variables.index"), "another");
    FolderStamp written = FolderStamp.of(version);
    assertNotEquals(first, written);
    lead(version, ".store/b");
    assertNotEquals(written, FolderStamp.of(version));
  }

  @Test
  void aLinkToAFolderThatItLiesInEnds() throws IOException {
    lead(folder.resolve("model/.store/a/again"), ".");
    assertEquals(FolderStamp.of(version), FolderStamp.of(version));
    Enclosed.require(version);
  }

  @Test
  void behindALinkNothingOutsideIsLookedAtEither() throws IOException {
    write("outside/secret");
    lead(folder.resolve("model/weights/more"), "../../outside");
    for (var look : new Look[] {Enclosed::require, FolderStamp::of}) {
      String said = assertThrows(InputException.class, () -> look.at(version)).getMessage();
      assertTrue(said.startsWith(version + "/variables/more: a link that leads out"), said);
    }
  }

  private interface Look {
    void at(Path version) throws IOException;
  }
}
