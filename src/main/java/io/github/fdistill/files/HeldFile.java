package io.github.fdistill.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A file by which one at a time does some work, of this process and all others that see the disk.
 * The lock is the operating system's, which ends it with the process; the file is deleted when it
 * is let go of.
 */
public final class HeldFile implements AutoCloseable {
  /**
   * Those that this process holds. Asked before a file is opened: on Unix, closing any second
   * channel to a file ends this process's lock on it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  /** How often a file may be deleted just when it is taken. */
  private static final int MOST_TRIES = 100;

  /** Bytes of a file, most of which no disk keeps. */
  private static final long MOST_SIZE = 1 << 16;

  private final Path file;
  private final Optional<FileChannel> channel;

  private HeldFile(Path file, Optional<FileChannel> channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes a file, in a folder that is there. Where the file system cannot lock, or the file is
   * another user's, other processes do not see that it is taken.
   *
   * @return nothing where another holds it
   */
  public static Optional<HeldFile> take(Path file) throws IOException {
    Path real = file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
    if (!HELD.add(real)) {
      return Optional.empty();
    }
    Optional<HeldFile> held = Optional.empty();
    try {
      held = locked(real);
    } catch (IOException e) {
      throw DiskRefusal.of(real, e);
    } finally {
      if (held.isEmpty()) {
        HELD.remove(real);
      }
    }
    return held;
  }

  private static Optional<HeldFile> locked(Path real) throws IOException {
    AtomicReference<IOException> refused = new AtomicReference<>();
    for (int i = 0; i < MOST_TRIES; i++) {
      RegularFile.requireIfThere(real);
      FileChannel channel;
      try {
        channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      } catch (AccessDeniedException e) {
        if (Files.exists(real)) {
          return Optional.of(new HeldFile(real, Optional.empty()));
        }
        throw e;
      }
      boolean held = false;
      try {
        if (!isFree(channel)) {
          return Optional.empty();
        }
        held = isAt(real, channel, refused::set);
      } finally {
        if (!held) {
          letGo(channel, refused::set);
        }
      }
      if (held) {
        return Optional.of(new HeldFile(real, Optional.of(channel)));
      }
    }
    if (refused.get() != null) {
      throw refused.get();
    }
    return Optional.empty();
  }

  private static void letGo(FileChannel channel, Consumer<IOException> refused) {
    try {
      channel.close();
    } catch (IOException e) {
      refused.accept(e);
    }
  }

  /**
   * Whether the file of a channel, which is locked, is the one at a path. Who held it before may
   * have deleted it after it was opened here, and another process holds a new one. The size tells,
   * for to open it again would end this process's lock.
   *
   * @param refused is told what the disk refused: a full one does so each time, and NFS once of a
   *     file that another machine deleted
   */
  static boolean isAt(Path path, FileChannel channel, Consumer<IOException> refused) {
    long size = 1 + ThreadLocalRandom.current().nextLong(MOST_SIZE);
    try {
      channel.truncate(0).write(ByteBuffer.allocate(1), size - 1);
      return Files.size(path) == size;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      refused.accept(e);
      return false;
    }
  }

  private static boolean isFree(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return true; // The file system cannot lock.
    }
  }

  /** Lets go of it, and deletes it. */
  @Override
  public void close() throws IOException {
    try {
      if (channel.isPresent()) {
        try (FileChannel own = channel.get()) {
          Files.deleteIfExists(file);
        }
      }
    } finally {
      HELD.remove(file);
    }
  }
}
