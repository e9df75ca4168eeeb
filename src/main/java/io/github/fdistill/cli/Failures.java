package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import io.github.fdistill.Untrusted;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.files.DiskRefusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;

/** What went wrong, for the user: a place, what was found there, what is needed, what to do. */
final class Failures {
  private static final long HEAP = Runtime.getRuntime().maxMemory();

  private Failures() {}

  /** Whatever a command ended with. */
  static InputException of(Throwable e) {
    if (e instanceof InputException told) {
      return told.ofFlags();
    } else if (e instanceof UncheckedIOException || e instanceof DirectoryIteratorException) {
      return of(e.getCause());
    } else if (e instanceof FileSystemException refusal) {
      return DiskRefusal.refusal(refusal);
    } else if (e instanceof IOException io) {
      return disk(io);
    } else if (e instanceof InvalidPathException path) {
      return path(path);
    } else if (e instanceof OutOfMemoryError) {
      return memory(e);
    } else if (e instanceof LinkageError) {
      return libraries(e);
    } else if (isPageGone(e)) {
      return mapped(e);
    } else if (RunFailure.isOne(e)) {
      return tensorFlow(e);
    }
    return unforeseen(e);
  }

  private static InputException disk(IOException e) {
    return new InputException(
        e instanceof CharacterCodingException ? e.getMessage() : "the disk or the network",
        "cannot be read or written: " + DiskRefusal.reason(e),
        "files and addresses that answer",
        "mend that and give the same command again",
        e);
  }

  private static InputException path(InvalidPathException e) {
    Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    boolean language = !names.newEncoder().canEncode(e.getInput());
    return new InputException(
        "'" + e.getInput() + "'",
        language ? "a name with letters that this system's language has not" : "no name of a file",
        "the name of a file or folder",
        language ? "export LC_ALL=C.UTF-8, and give the command again" : "correct the name",
        e);
  }

  private static InputException memory(Throwable e) {
    return new InputException(
        "memory",
        "Java may use " + (HEAP >> 20) + " MiB, and that is not enough",
        "more of it, or less to do at once",
        "let Java use more: export FDISTILL_JAVA_FLAGS=-Xmx"
            + ((HEAP >> 29) + 1)
            + "g; or make batches, images and files smaller",
        e);
  }

  /** Which library, and why not, stands in the first cause. */
  private static InputException libraries(Throwable e) {
    Throwable first = e;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    String said =
        Shown.line(String.valueOf(first.getMessage()))
            .replaceAll("^Exception [\\w.]+: | \\[in thread .*", "");
    return new InputException(
        "TensorFlow",
        "its native libraries do not load: " + said,
        "a folder from which the system loads programs, with 700 MB of room",
        "./fdistill doctor says what is missing; where the home folder may hold no programs (noexec)"
            + " or has no room: export"
            + " FDISTILL_JAVA_FLAGS=-Dorg.bytedeco.javacpp.cachedir=FOLDER, or java"
            + " -Dorg.bytedeco.javacpp.cachedir=FOLDER -jar ...",
        e);
  }

  /** As Java says it, in compiled code some time later, of a file that it mapped into memory. */
  private static boolean isPageGone(Throwable e) {
    return e instanceof InternalError
        && String.valueOf(e.getMessage()).contains("unsafe memory access");
  }

  private static InputException mapped(Throwable e) {
    return new InputException(
        "a file that is read",
        Untrusted.PAGE_GONE,
        "files that stay as they are while they are read",
        "give the same command again when nothing writes to models and data, or copy them again",
        e);
  }

  private static InputException tensorFlow(Throwable e) {
    return new InputException(
        "TensorFlow" + RunFailure.node(e).map(node -> ", node " + node).orElse(""),
        "it fails: " + RunFailure.reason(e),
        "models and settings that can be computed here",
        "./fdistill inspect says what a model holds; --debug shows the stack trace",
        e);
  }

  private static InputException unforeseen(Throwable e) {
    return new InputException(
        "this program",
        "a fault of its own that nobody foresaw" + what(e),
        "a program without it",
        "run again with --debug for the stack trace, and report that with the command",
        e);
  }

  /** What the fault says, where it was written for people. */
  private static String what(Throwable e) {
    boolean ours =
        e instanceof IllegalStateException
            && e.getStackTrace().length > 0
            && e.getStackTrace()[0].getClassName().startsWith("io.github.fdistill");
    return ours && e.getMessage() != null ? ": " + Shown.line(e.getMessage()) : "";
  }
}
