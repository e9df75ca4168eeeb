package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Folders and their names, checked before work starts, so that an hour's training is not lost at
 * its first save.
 */
public final class Folders {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  /** What a plain name is, in words. */
  public static final String PLAIN_NAME = "letters, digits, '.', '_' and '-', no more than 200";

  private Folders() {}

  /**
   * Whether a name that somebody chose may name a file or folder: letters, digits, '.', '_' and
   * '-', of which the first is a letter or digit. Systems take 255; what is made of it has more.
   */
  public static boolean isPlainName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Creates {@code folder} where it is missing, and proves that a file can be written in it by
   * writing one and deleting it.
   *
   * @throws InputException if it cannot; names the nearest folder above that exists, its owner and
   *     permissions, and what the system said
   */
  public static void requireWritable(Path folder) {
    Path wanted = folder.toAbsolutePath();
    try {
      Path probe = Temporaries.claim(wanted.resolve("writable"));
      try {
        Files.createFile(probe);
      } finally {
        Temporaries.release(probe);
      }
    } catch (IOException e) {
      throw unwritable(wanted, nearestExisting(wanted), e);
    }
  }

  /**
   * Removes what dead processes left half-written in {@code folder} and the folders right in it.
   * Those of living processes stay.
   */
  public static void tidy(Path folder) throws IOException {
    Temporaries.removeStale(folder.toRealPath());
    try (DirectoryStream<Path> inside = Files.newDirectoryStream(folder, Files::isDirectory)) {
      for (Path below : inside) {
        Temporaries.removeStale(below.toRealPath());
      }
    }
  }

  /**
   * Removes all that is half-written in {@code folder}, if it is there: of whatever process,
   * machine or container, so only for who knows that nobody else writes there.
   */
  public static void tidyOwn(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      Temporaries.removeAll(folder.toRealPath());
    }
  }

  /**
   * The same check as far as it can be made without writing: what a full disk says is not heard.
   *
   * @throws InputException if permissions, or a file in the way, forbid it
   */
  public static void requirePermitted(Path folder) {
    Path wanted = folder.toAbsolutePath();
    Path existing = nearestExisting(wanted);
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw unwritable(wanted, existing, new AccessDeniedException(existing.toString()));
    }
  }

  /**
   * Whether a folder is there, where it means something that there is none; see {@link
   * RegularFile#isThere}.
   *
   * @return false where nothing has the name
   * @throws InputException where something else has it, such as a link to nothing, or where
   *     permissions forbid to look
   */
  public static boolean isThere(Path folder) {
    if (Files.isDirectory(folder)) {
      return true;
    }
    try {
      requireReachable(folder);
    } catch (AccessDeniedException e) {
      throw DiskRefusal.unreadable(folder, e);
    }
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    throw new InputException(
            folder.toString(),
            Files.exists(folder) ? "a file" : "a link to nothing",
            "a folder, or nothing of this name",
            "put the folder itself there, or remove what has its name")
        .inPassing();
  }

  /** Whether it is a link to what is not there, or may not be looked at. */
  public static boolean isDeadLink(Path path) {
    return Files.isSymbolicLink(path) && !Files.exists(path);
  }

  /**
   * Refuses a path that permissions forbid to look at: of what lies in a closed folder, Java's
   * {@code Files.exists} says that it is not there, and of a link into one that it leads nowhere.
   */
  public static void requireReachable(Path path) throws AccessDeniedException {
    try {
      Files.readAttributes(path, BasicFileAttributes.class);
    } catch (AccessDeniedException e) {
      throw e;
    } catch (IOException e) {
      return; // It is not there, or what is in its place is told by who asks.
    }
  }

  private static InputException unwritable(Path wanted, Path existing, IOException reason) {
    return new InputException(
        wanted.toString(),
        "cannot be written: " + obstacle(existing, reason),
        "a folder that this program can create and write",
        "choose another folder, or change the permissions there",
        reason);
  }

  private static Path nearestExisting(Path path) {
    return nearest(path, at -> Files.exists(at, LinkOption.NOFOLLOW_LINKS)).orElse(path.getRoot());
  }

  /**
   * The nearest to a path, of itself and the folders above it, that something holds of.
   *
   * @return empty where it holds of none, as on a disk that is not there
   */
  public static Optional<Path> nearest(Path path, Predicate<Path> holds) {
    return Stream.iterate(path, Objects::nonNull, Path::getParent).filter(holds).findFirst();
  }

  private static String obstacle(Path existing, IOException reason) {
    if (!Files.isDirectory(existing)) {
      return existing + " is not a folder";
    }
    return existing + owner(existing) + " takes no new entry (" + DiskRefusal.reason(reason) + ")";
  }

  /** As {@code ls -l} has it: " (root rwxr-xr-x)"; nothing where the system keeps no such thing. */
  private static String owner(Path existing) {
    try {
      PosixFileAttributes is = Files.readAttributes(existing, PosixFileAttributes.class);
      String permissions = PosixFilePermissions.toString(is.permissions());
      return " (" + is.owner().getName() + " " + permissions + ")";
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }
}
