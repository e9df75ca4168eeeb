package io.github.fdistill.journal;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The folder of one run, held by one process at a time. Whoever holds it is written in the file
 * {@code lock}; the lock itself is the operating system's, which ends it with the process, so a
 * killed run never blocks the next.
 */
public final class RunFolder implements AutoCloseable {
  /**
   * The folders this process holds. Asked before the lock file is opened: on Unix, closing any
   * second channel to a file ends this process's lock on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final String LOCK = "lock";

  /** The byte that is locked, past every text: Windows lets nobody read a locked byte. */
  private static final long LOCKED_BYTE = 1L << 40;

  private final Path folder;
  private final FileChannel channel;

  private RunFolder(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Creates the folder where it is missing, takes its lock, and removes what killed runs left
   * half-written there.
   *
   * @throws InputException if it cannot be written, or if a run is going on there, in this process
   *     or another
   * @throws IOException if the file system cannot lock
   */
  public static RunFolder open(Path folder) throws IOException {
    Folders.requireWritable(folder);
    Path real = folder.toRealPath();
    if (!HELD.add(real)) {
      throw taken(real, thisProcess());
    }
    RunFolder held = held(real);
    try {
      Folders.tidy(real);
      RunFiles files = new RunFiles(real);
      // Whoever holds the run alone writes these, which are large; a container that was started
      // again, or another node, does not know by a name whether a process is alive.
      for (Path own : List.of(files.checkpoints(), files.best(), files.teacher())) {
        Folders.tidyOwn(own);
      }
      return held;
    } catch (IOException | RuntimeException e) {
      held.close();
      throw e;
    }
  }

  private static RunFolder held(Path real) throws IOException {
    try {
      return new RunFolder(real, lock(real));
    } catch (IOException | RuntimeException e) {
      HELD.remove(real);
      throw e;
    }
  }

  /**
   * Refuses a folder that is held; takes and writes nothing.
   *
   * @throws InputException if a run is going on there, in this process or another
   */
  public static void requireFree(Path folder) throws IOException {
    Path file = folder.resolve(LOCK);
    if (!Files.exists(file)) {
      return;
    }
    if (HELD.contains(folder.toRealPath())) {
      throw taken(folder, thisProcess());
    }
    RegularFile.requireIfThere(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false)) {
      if (lock == null) {
        throw taken(folder, RegularFile.text(file, FileKind.NOTE).strip());
      }
    }
  }

  /** The folder, absolute and without links. */
  public Path path() {
    return folder;
  }

  /** Lets go of the folder; the file {@code lock} stays, which does no harm. */
  @Override
  public void close() throws IOException {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close();
    } finally {
      HELD.remove(folder);
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    Path file = folder.resolve(LOCK);
    try {
      return lock(folder, file);
    } catch (IOException e) {
      throw DiskRefusal.of(file, e);
    }
  }

  private static FileChannel lock(Path folder, Path file) throws IOException {
    RegularFile.requireIfThere(file);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      if (lock == null) {
        throw taken(folder, RegularFile.text(file, FileKind.NOTE).strip());
      }
      channel.truncate(0).write(ByteBuffer.wrap(thisProcess().getBytes(StandardCharsets.UTF_8)));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static InputException taken(Path folder, String holder) {
    return new InputException(
        folder.toString(),
        "a run is already going on there (" + holder + ")",
        "a folder for each run",
        "wait for that run or stop it, or give this one another folder");
  }

  private static String thisProcess() {
    return "process " + ProcessHandle.current().pid() + " on " + host();
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "a host without a name";
    }
  }
}
