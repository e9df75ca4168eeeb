package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PlaceTest {
  private final Place place = new Place(Path.of("/home/me/project"), System.out);

  @Test
  void pathsBeginAtTheRootAndAreShownFromThere() {
    assertEquals(Path.of("/home/me/project/runs/a"), place.path("runs/a"));
    assertEquals("runs/a", place.relative(place.path("runs/a")));
    assertEquals("../data", place.relative(Path.of("/home/me/data")));
    assertEquals(".", place.relative(place.root()));
    assertEquals("runs/a", Place.here(System.out).path("runs/a").toString());
  }

  @Test
  void absolutePathsInTextBecomeRelative() {
    assertEquals("--config=a/b.pbtxt", place.relative("--config=/home/me/project/a/b.pbtxt"));
    assertEquals("path: \"data\"\n", place.relative("path: \"/home/me/project/data\"\n"));
    assertEquals("teacher=a/b", place.relative("teacher=a/b"));
    assertEquals("../$1", place.relative("/home/me/$1"));
  }
}
