package io.github.fdistill.files;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What a disk refused: with the name of the file, and told so that a user can mend it. */
public final class DiskRefusal {
  private static final List<String> FULL = known(saidOf(Path.of("/dev/full")));

  private DiskRefusal() {}

  /**
   * What tells of a full disk: as Linux and Windows say it in English, and as this system does.
   *
   * @param said by this system in its language
   */
  static List<String> known(Optional<String> said) {
    List<String> english =
        List.of(
            "No space left on device",
            "Disk quota exceeded",
            "There is not enough space on the disk");
    return Stream.concat(english.stream(), said.stream()).toList();
  }

  /**
   * What the system says where something is written to a file that has no room.
   *
   * @param full Linux has one that is always full; nothing is said where it is not there
   */
  static Optional<String> saidOf(Path full) {
    try (OutputStream out = Files.newOutputStream(full, StandardOpenOption.WRITE)) {
      out.write(0);
      return Optional.empty();
    } catch (FileSystemException e) {
      return Optional.empty();
    } catch (IOException e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  /** Of a file that was to be written. */
  private static final class Unwritten extends FileSystemException {
    private static final long serialVersionUID = 1L;

    private Unwritten(Path file, String reason) {
      super(file.toString(), null, reason);
    }
  }

  /**
   * The same failure of writing under the name that the user knows. A write to a full disk fails
   * without any name, and one into a temporary with the temporary's.
   */
  public static FileSystemException of(Path file, IOException cause) {
    FileSystemException named = new Unwritten(file, reason(cause));
    named.initCause(cause);
    return named;
  }

  /** For the user: the file, what the system said, and what to do. */
  public static InputException refusal(FileSystemException refusal) {
    return new InputException(
        refusal.getFile() == null ? "the disk" : refusal.getFile(),
        "cannot be read or written: " + reason(refusal),
        "a disk with room, and files that can be read and written",
        "mend that and give the same command again: a run goes on from its last checkpoint",
        refusal);
  }

  /**
   * The same of a file that was to be read.
   *
   * @param file as the user knows it
   */
  public static InputException unreadable(Path file, IOException cause) {
    return new InputException(
            file.toString(),
            "cannot be read: " + reason(cause),
            "a readable file",
            remedy(cause),
            cause)
        .inPassing();
  }

  /**
   * The same of a file whose own bytes may be at fault.
   *
   * @param damaged what is said then, and not where the system or an interrupt stood in the way
   */
  public static InputException unreadable(
      Path file, IOException cause, Supplier<InputException> damaged) {
    for (Throwable e = cause; e != null; e = e.getCause()) {
      boolean ofTheDisk = e.getClass() == IOException.class; // A read that it refuses.
      if (ofTheDisk || e instanceof FileSystemException || e instanceof ClosedChannelException) {
        return unreadable(file, (IOException) e);
      }
    }
    return damaged.get();
  }

  private static String remedy(IOException cause) {
    if (cause instanceof AccessDeniedException) {
      return "mend its permissions, or those of a folder that it lies in";
    } else if (cause instanceof NoSuchFileException) {
      return "see whether it is there, under this name";
    } else if (cause instanceof CharacterCodingException) {
      return "save it again in UTF-8";
    } else if (cause instanceof ClosedChannelException) {
      return "do it again";
    } else if (reason(cause).endsWith(RegularFile.NONE)) {
      return "put the file itself there, or remove what has its name";
    }
    return reason(cause).contains("more than the ")
        ? "name another file, or make this one smaller"
        : "mend what the system says, or copy the file again";
  }

  /**
   * Whether something failed because a file could not be written, or a disk had no room: that may
   * go another time. Where writing is not allowed at all it does not.
   */
  public static boolean wasOfWriting(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof Unwritten) {
        return !isOfThePath(e.getCause());
      }
    }
    return wasFull(failure, FULL);
  }

  /** Whether a place is such that nothing can be written there before somebody mends it. */
  private static boolean isOfThePath(Throwable cause) {
    return cause instanceof AccessDeniedException
        || cause instanceof NoSuchFileException
        || cause instanceof NotDirectoryException
        || cause instanceof FileAlreadyExistsException
        || String.valueOf(cause.getMessage()).contains("Read-only file system");
  }

  static boolean wasFull(Throwable failure, List<String> words) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      String said = String.valueOf(e.getMessage());
      if (e instanceof IOException && words.stream().anyMatch(said::contains)) {
        return true;
      }
    }
    return false;
  }

  /** What the system said, without a file's name: "No space left on device". */
  public static String reason(Exception e) {
    if (e.getCause() instanceof IOException cause && !(e instanceof IOException)) {
      return reason(cause);
    }
    if (e instanceof Utf8.Not not) {
      return not.why();
    } else if (e instanceof CharacterCodingException) {
      return "it is no UTF-8 text";
    } else if (e instanceof EOFException) {
      return "it breaks off";
    } else if (e instanceof ClosedByInterruptException) {
      return "the thread at work on it was interrupted, and Java closed it";
    } else if (!(e instanceof FileSystemException)) {
      return e.getMessage() == null ? "the system does not say why" : Shown.line(e.getMessage());
    }
    FileSystemException refusal = (FileSystemException) e;
    if (refusal.getReason() != null) {
      return refusal.getReason();
    } else if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof FileSystemLoopException) {
      return Shown.line(refusal.getFile()) + " is a link to a folder above it";
    }
    return e instanceof FileAlreadyExistsException
        ? "something else has that name"
        : "the system does not say why";
  }
}
