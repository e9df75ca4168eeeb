package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkspaceTest {
  private final Workspace workspace = new Workspace(Path.of("/home/me/project"));

  @Test
  void pathsBeginAtTheRootAndAreShownFromThere() {
    assertEquals(Path.of("/home/me/project/runs/a"), workspace.path("runs/a"));
    assertEquals("runs/a", workspace.relative(workspace.path("runs/a")));
    assertEquals("../data", workspace.relative(Path.of("/home/me/data")));
    assertEquals(".", workspace.relative(workspace.root()));
    assertEquals("runs/a", Workspace.here().path("runs/a").toString());
  }

  /** Nothing leads there from the root. */
  @Test
  void whatLiesElsewhereIsNamedWhole(@TempDir Path folder) throws IOException {
    Path jar = folder.resolve("other.zip");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry("data/a"));
    }
    try (FileSystem other = FileSystems.newFileSystem(jar)) {
      assertEquals("/data/a", workspace.relative(other.getPath("/data/a")));
      assertEquals("/", workspace.relative(other.getPath("/")));
    }
  }

  @Test
  void absolutePathsInWordsBecomeRelative() {
    assertEquals("--config=a/b.pbtxt", workspace.relative("--config=/home/me/project/a/b.pbtxt"));
    assertEquals("a: \"data\"", workspace.relative("a: \"/home/me/project/data\""));
    assertEquals("/no\0path", workspace.relative("/no\0path"));
    assertEquals("teacher=a/b", workspace.relative("teacher=a/b"));
    assertEquals("../$1", workspace.relative("/home/me/$1"));
  }
}
