package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

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

  @Test
  void absolutePathsInTextBecomeRelative() {
    assertEquals("--config=a/b.pbtxt", workspace.relative("--config=/home/me/project/a/b.pbtxt"));
    assertEquals("path: \"data\"\n", workspace.relative("path: \"/home/me/project/data\"\n"));
    assertEquals("teacher=a/b", workspace.relative("teacher=a/b"));
    assertEquals("../$1", workspace.relative("/home/me/$1"));
  }
}
