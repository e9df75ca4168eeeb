package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {
  private static final String TEACHER = "savedmodels/teacher";

  @TempDir Path home;
  @TempDir Path root;
  private Installation installation;

  @BeforeEach
  void aModelComesWithTheProgram() throws IOException {
    Files.createDirectories(home.resolve(TEACHER));
    installation = new Installation(Optional.of(home));
  }

  @Test
  void whatIsOnlyInTheInstallationIsFoundThere() {
    assertEquals(home.resolve(TEACHER), installation.find(root, TEACHER));
    assertEquals(home.resolve(TEACHER), installation.find(root, "./savedmodels/teacher/"));
  }

  @Test
  void theFolderThatIsWorkedInComesFirst() throws IOException {
    Files.createDirectories(root.resolve(TEACHER));
    assertEquals(root.resolve(TEACHER), installation.find(root, TEACHER));
    // Also where it is a link to a disk that is not there: the other is another's.
    Files.delete(root.resolve(TEACHER));
    Files.createSymbolicLink(root.resolve(TEACHER), Path.of("/nope/gone"));
    assertEquals(root.resolve(TEACHER), installation.find(root, TEACHER));
  }

  /** Else a new model, which goes into savedmodels/, would be written to the installation. */
  @Test
  void whatIsWrittenIsBelowTheRoot() throws IOException {
    Files.createDirectories(home.resolve("runs/student"));
    for (String text : new String[] {"savedmodels", "savedmodels/student", "runs/student"}) {
      assertEquals(root.resolve(text), installation.find(root, text));
    }
  }

  @Test
  void nothingOutsideTheFoldersThatItBringsIsFound() throws IOException {
    Files.createFile(home.resolve("samples.png"));
    for (String text : new String[] {"samples.png", "graphs/../samples.png", "/nowhere/graphs/a"}) {
      assertEquals(root.resolve(text), installation.find(root, text));
    }
  }

  @Test
  void aPathOfTheInstallationIsNamedAsItIsFound() {
    assertEquals(Optional.of(Path.of(TEACHER)), installation.name(home.resolve(TEACHER)));
    assertEquals(Optional.empty(), installation.name(home.resolve("runs/student")));
    assertEquals(Optional.empty(), installation.name(root.resolve(TEACHER)));
  }

  @Test
  void aLibraryHasNone() {
    Installation none = new Installation(Optional.empty());
    assertEquals(root.resolve(TEACHER), none.find(root, TEACHER));
    assertEquals(Optional.empty(), none.name(home.resolve(TEACHER)));
    assertEquals(none, Installation.ofThisProgram());
  }
}
