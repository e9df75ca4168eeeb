package io.github.fdistill.hosting;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.wire.ApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/** Why a version of a model cannot be loaded, in words for whoever put it there. */
public final class NotLoaded extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Stands in the words of an {@link InputException}. */
  private static final String REMEDY = "remedy: ";

  private static final String LIMIT = " (--load-timeout)";

  private static final String TENSORFLOW = "org.tensorflow.";

  private final boolean crash;

  NotLoaded(String why) {
    super(why);
    crash = false;
  }

  private NotLoaded(String why, Throwable cause) {
    super(why, cause);
    crash = cause instanceof Crash;
  }

  /** Whether TensorFlow crashed of it. */
  public boolean isCrash() {
    return crash;
  }

  /** For any error at all: what a stranger's files bring about is never an error of the server. */
  public static NotLoaded because(Path folder, Throwable error) {
    if (error instanceof NotLoaded known) {
      return known;
    }
    return new NotLoaded(why(folder, error), error);
  }

  /** For one that takes too long. */
  public static NotLoaded within(Path folder, Duration limit) {
    return new NotLoaded(folder + ": it is not loaded within " + limit.toSeconds() + " s" + LIMIT);
  }

  /**
   * What can be done.
   *
   * @param why the message of one
   */
  public static String remedy(String why) {
    int told = why.lastIndexOf(REMEDY);
    return told >= 0
        ? why.substring(told + REMEDY.length())
        : why.endsWith(LIMIT) ? "serve it with a longer --load-timeout" : "export the model again";
  }

  private static String why(Path folder, Throwable error) {
    if (error instanceof InputException || error instanceof ApiException) {
      return error.getMessage();
    } else if (error instanceof FileSystemException refused
        && !(error instanceof NoSuchFileException)) {
      Path file = refused.getFile() == null ? folder : Path.of(refused.getFile());
      return DiskRefusal.unreadable(file, refused).getMessage();
    } else if (error instanceof UncheckedIOException) {
      return why(folder, error.getCause());
    }
    return folder + ": " + found(folder, error);
  }

  private static String found(Path folder, Throwable error) {
    if (error instanceof Crash) {
      return "TensorFlow crashed while it loaded this (" + error.getMessage() + ")";
    } else if (error instanceof StackOverflowError) {
      return "its messages or functions are nested too deeply to be read";
    } else if (error instanceof OutOfMemoryError) {
      return "it needs more memory than there is";
    } else if (error instanceof NoSuchFileException gone) {
      String file = "" + gone.getFile();
      String within = file.equals(folder.toString()) ? "" : file + ": ";
      return within + "it is gone, was moved or removed";
    } else if (error instanceof IOException) {
      return "it cannot be read: " + firstLine(error);
    } else if (error.getClass().getName().startsWith(TENSORFLOW)) {
      return "TensorFlow cannot load it: " + firstLine(error);
    } else if (error instanceof LinkageError) {
      return "TensorFlow's libraries do not load: " + firstLine(error);
    }
    return "it is damaged, in a way that there are no words for";
  }

  private static String firstLine(Throwable error) {
    return ("" + error.getMessage()).lines().findFirst().orElse("");
  }
}
