package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
  @TempDir Path folder;

  @BeforeEach
  void writeTwoFiles() throws IOException {
    Files.writeString(folder.resolve("abc"), "abc");
    Files.createDirectory(folder.resolve("sub"));
    Files.writeString(folder.resolve("sub/empty"), "");
  }

  /** The first example of FIPS 180-2, appendix B. */
  @Test
  void isTheStandardsHash() throws IOException {
    assertEquals(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        Sha256.of(folder.resolve("abc")));
    assertEquals(Sha256.of(folder.resolve("abc")), Sha256.ofText("abc"));
  }

  @Test
  void aProcessOfItsOwnFindsTheSameOrNothing() throws IOException {
    Path abc = folder.resolve("abc");
    assertEquals(Optional.of(Sha256.here(abc)), HashProcess.of(abc));
    assertEquals(Optional.empty(), HashProcess.of(folder.resolve("none")));
    assertFalse(HashProcess.isSooner(HashProcess.MANY - 1), "the start takes longer");
  }

  /** By: find -L . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -r0 sha256sum | sha256sum */
  @Test
  void ofAFolderIsWhatTheShellSays() throws IOException {
    assertEquals(
        "e1a830e619f46f7c617c69542d62e9b935c07134c0439f0dcadbb104345579b1",
        Sha256.ofFolder(folder));
    Files.writeString(folder.resolve("a\\b"), "");
    Files.writeString(folder.resolve("c\nd"), "");
    Files.writeString(folder.resolve("\ufffd"), "");
    Files.writeString(folder.resolve("\ud800\udc00"), ""); // U+10000, in bytes behind U+FFFD.
    assertEquals(
        "71c0ca2eaab1be03668cd5e79cb1869210c164b3ea13f1d81b77823b295b2656",
        Sha256.ofFolder(folder));
    assertEquals(Sha256.ofText(""), Sha256.ofFolder(Files.createDirectory(folder.resolve("e"))));
  }

  @Test
  void ofAFolderCountsNamesAndContentsButNotPlace() throws IOException {
    String before = Sha256.ofFolder(folder);
    Path link =
        Files.createSymbolicLink(folder.resolveSibling(folder.getFileName() + "-2"), folder);
    assertEquals(before, Sha256.ofFolder(link), "another place, same files");
    Files.delete(link);

    Files.move(folder.resolve("abc"), folder.resolve("abd"));
    assertNotEquals(before, Sha256.ofFolder(folder), "another name");
    Files.move(folder.resolve("abd"), folder.resolve("abc"));
    assertEquals(before, Sha256.ofFolder(folder));
    Files.writeString(folder.resolve("sub/empty"), "\0");
    assertNotEquals(before, Sha256.ofFolder(folder), "other contents");
  }
}
