package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  /** However many folders a long life writes in. */
  @Test
  void foldersThatAreGoneAreNotRemembered() throws IOException {
    Path first = null;
    for (int i = Temporaries.CLAIMS.size() * 2; i >= 0; i--) {
      Path parent = folder.toRealPath().resolve("run" + i);
      Temporaries.release(Temporaries.claim(parent.resolve("a")));
      Files.delete(parent);
      first = first == null ? parent : first;
    }
    Temporaries.release(Temporaries.claim(folder.resolve("a")));
    assertFalse(Temporaries.CLAIMS.containsKey(first), () -> Temporaries.CLAIMS.size() + "");
  }

  @Test
  void replacesTheOldFileAndLeavesNothingElse() throws IOException {
    Path target = folder.resolve("new/parent/config.txt");
    AtomicFile.write(target, "old");
    AtomicFile.write(target, "Größe");
    assertEquals("Größe", Files.readString(target));
    assertEquals(List.of("config.txt"), names(target.getParent()));
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNoTemporary() throws IOException {
    Path target = folder.resolve("config.txt");
    AtomicFile.write(target, "old");
    IOException diskFull = new IOException("no space left on device");
    AtomicFile.Content failing =
        out -> {
          out.write(new byte[1 << 20]);
          throw diskFull;
        };
    FileSystemException refused =
        assertThrows(FileSystemException.class, () -> AtomicFile.write(target, failing));
    assertEquals(target.toString(), refused.getFile(), "the name that the user knows");
    assertEquals("no space left on device", refused.getReason());
    assertEquals(diskFull, refused.getCause());
    assertEquals("old", Files.readString(target));
    assertEquals(List.of("config.txt"), names(folder));
  }

  /** A pipe stays one, as a device would; a link makes room, and what it leads to stays. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whatIsNoRegularFileIsNotReplaced() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    FileSystemException refused =
        assertThrows(FileSystemException.class, () -> AtomicFile.write(pipe, "text"));
    assertEquals("a pipe, a socket or a device, no regular file", refused.getReason());
    Path real = Files.writeString(folder.resolve("real"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    for (Path other : List.of(pipe, link, folder)) {
      InputException told =
          assertThrows(InputException.class, () -> WholeFile.requireWritable(other));
      assertTrue(told.getMessage().contains(other + ": cannot be written: a "), told::getMessage);
    }
    AtomicFile.write(link, "new");
    assertEquals("old", Files.readString(real));
    assertEquals("new", Files.readString(link));
    WholeFile.requireWritable(real);
    assertEquals(List.of("link", "pipe", "real"), names(folder));
    assertTrue(Files.readAttributes(pipe, BasicFileAttributes.class).isOther());
  }

  /** Writes half a file and dies. */
  static final class DiesHalfway {
    public static void main(String[] args) throws IOException {
      AtomicFile.write(
          Path.of(args[0]),
          out -> {
            out.write(new byte[1 << 20]);
            Runtime.getRuntime().halt(9);
          });
    }
  }

  @Test
  void aKilledWriteLeavesTheOldFileAndTheNextOneTidiesUp() throws Exception {
    Path target = folder.resolve("config.txt");
    AtomicFile.write(target, "old");
    try (ChildJvm child = ChildJvm.start(DiesHalfway.class, target)) {
      child.assertExitCode(9);
    }
    assertEquals("old", Files.readString(target));
    assertEquals(2, names(folder).size(), "the half-written temporary");
    AtomicFile.write(folder.resolve("another.txt"), "beside it");
    assertEquals(List.of("another.txt", "config.txt"), names(folder));
  }

  /** Many files are not many times the work each: what the dead left is looked for rarely. */
  @Test
  void aFolderIsNotListedForEachFile() throws IOException {
    String dead = ".big.bin.tmp-" + ProcessHandle.current().pid() + "-0"; // Nobody writes it now.
    int listings = 0;
    for (int i = 0; i < 64; i++) {
      Files.writeString(folder.resolve(dead), "half");
      AtomicFile.write(folder.resolve(i + ".txt"), "whole");
      listings += Files.exists(folder.resolve(dead)) ? 0 : 1;
    }
    assertEquals(7, listings, "at 1, 2, 4 and so on to 64");
  }

  @Test
  void temporariesOfLivingProcessesStay() throws Exception {
    Process living = new ProcessBuilder("sleep", "60").start();
    try {
      String theirs = ".big.bin.tmp-" + living.pid() + "-1";
      Files.writeString(folder.resolve(theirs), "half");
      AtomicFile.write(folder.resolve("config.txt"), "mine");
      assertEquals(List.of(theirs, "config.txt"), names(folder));
    } finally {
      living.destroyForcibly();
    }
    // Containers that have the name of their machine have numbers of their own.
    Path proc = folder.resolve("proc");
    Files.createDirectories(proc.resolve("self/ns"));
    AtomicFile.write(proc.resolve("sys/kernel/hostname"), "machine\n");
    Set<String> hosts = new HashSet<>(Set.of(Temporaries.host(proc)));
    for (String numbers : List.of("pid:[1]", "pid:[2]")) {
      Files.deleteIfExists(proc.resolve("self/ns/pid"));
      Files.createSymbolicLink(proc.resolve("self/ns/pid"), Path.of(numbers));
      hosts.add(Temporaries.host(proc));
    }
    assertEquals(3, hosts.size());
  }

  @Test
  void writersOfOneProcessDoNotTidyEachOtherAway() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Void>> writes =
          IntStream.range(0, 100)
              .<Callable<Void>>mapToObj(
                  i ->
                      () -> {
                        Path parent = i % 2 == 0 ? folder : link;
                        AtomicFile.write(parent.resolve("one"), "x".repeat(1 << 16));
                        return null;
                      })
              .toList();
      for (Future<Void> write : threads.invokeAll(writes)) {
        write.get();
      }
    } finally {
      threads.shutdown();
    }
    byte[] whole = "x".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
    assertArrayEquals(whole, Files.readAllBytes(folder.resolve("one")));
    assertEquals(List.of("link", "one"), names(folder));
  }

  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
