package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A disk of its own under a folder, as small as is asked for: a tmpfs, which only root may mount.
 */
final class SmallDisk implements AutoCloseable {
  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** Puts a folder and what it holds on a disk of its own, with room. */
  static SmallDisk under(Path folder) throws Exception {
    Path before = folder.resolveSibling(folder.getFileName() + "-before");
    Files.createDirectories(folder);
    Files.move(folder, before);
    Files.createDirectory(folder);
    boolean mounted = run("mount", "-t", "tmpfs", "tmpfs", folder.toString()) == 0;
    assumeTrue(mounted, "skipped: only root may mount a disk, and not everywhere");
    assertEquals(0, run("cp", "-a", before + "/.", folder.toString()));
    assertEquals(0, run("rm", "-r", before.toString()));
    SmallDisk disk = new SmallDisk(folder);
    disk.makeRoom();
    return disk;
  }

  /** Makes it so small that so many bytes are left, rounded up to whole pages. */
  void leave(long bytes) throws Exception {
    FileStore disk = Files.getFileStore(folder);
    remount("size=" + (disk.getTotalSpace() - disk.getUnallocatedSpace() + bytes));
  }

  void makeRoom() throws Exception {
    remount("size=64m");
  }

  void readOnly(boolean is) throws Exception {
    remount(is ? "ro" : "rw");
  }

  private void remount(String how) throws Exception {
    assertEquals(0, run("mount", "-o", "remount," + how, folder.toString()));
  }

  @Override
  public void close() throws Exception {
    run("umount", folder.toString());
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }
}
