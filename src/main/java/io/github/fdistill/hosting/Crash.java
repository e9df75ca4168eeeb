package io.github.fdistill.hosting;

import java.util.List;
import java.util.Optional;

/** The end of a process that was not asked to end. */
public final class Crash extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a shell and Java add to the number of the signal that ended a process. */
  private static final int SIGNAL = 128;

  private static final List<String> NAMES =
      List.of(
          "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
          "USR2", "PIPE", "ALRM", "TERM");

  /** Java's last words before it dies of a signal begin so. */
  private static final String LAST_WORDS = "#";

  /** Whose the end is. */
  private enum Of {
    ITSELF,
    SILENCE,
    SERVER
  }

  private final Of of;

  private Crash(String how, Of of) {
    super(how);
    this.of = of;
  }

  /** Of a process that was ended because the server had no memory for what it answered. */
  static Crash ofShortage() {
    return new Crash("the server had no memory for its answer", Of.SERVER);
  }

  /** The same, of a process that was ended because it did not answer. */
  Crash ofSilence() {
    return new Crash(getMessage(), Of.SILENCE);
  }

  /** The same, with more words. */
  Crash saying(String more) {
    return new Crash(getMessage() + more, of);
  }

  /** Whether it did not answer in time: nothing in it has crashed. */
  boolean isSilence() {
    return of == Of.SILENCE;
  }

  /** Whether the server was short of memory: nothing in the process has crashed. */
  boolean isShortage() {
    return of == Of.SERVER;
  }

  /**
   * Says how a process ended, in a few words such as "SIGSEGV in tensorflow::Tensor::dim".
   *
   * @param exitCode of it
   * @param lastLines that it wrote on stderr
   */
  static Crash of(int exitCode, List<String> lastLines) {
    String how = signal(exitCode).orElse("exit code " + exitCode);
    for (int i = 0; i < lastLines.size(); i++) {
      String line = lastLines.get(i);
      if (line.startsWith(LAST_WORDS) && line.contains(" SIG")) {
        how = line.substring(line.indexOf("SIG")).split("[ (]", 2)[0];
      } else if (line.contains("# Problematic frame:") && i + 1 < lastLines.size()) {
        how += " in " + frame(lastLines.get(i + 1));
      } else if (line.contains("Check failed:")) {
        how += ", " + line.substring(line.indexOf("Check failed:")).strip();
      }
    }
    return new Crash(how, Of.ITSELF);
  }

  /** The signal that an exit code tells of, if it does. */
  public static Optional<String> signal(int exitCode) {
    int number = exitCode - SIGNAL;
    return number > 0 && number < NAMES.size()
        ? Optional.of("SIG" + NAMES.get(number))
        : Optional.empty();
  }

  /** Whether it is a line of Java's last words, which say the same at length. */
  static boolean isOfTheEnd(String line) {
    return line.startsWith(LAST_WORDS);
  }

  /** Such as "C [libtensorflow_cc.so.2+0x1234] tensorflow::Tensor::dim(int)", without (int). */
  private static String frame(String line) {
    String text = line.replaceFirst("^#\\s*", "").replaceFirst("\\(.*", "").strip();
    int end = text.indexOf("]  ");
    return end < 0 ? text : text.substring(end + 3);
  }
}
