package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.util.Locale;

/**
 * How much of Java's memory what is read may take: half of what there can be, so that the rest of
 * the program goes on beside it. Asked before the memory is taken, with what is known by then, such
 * as the size that a picture's header promises.
 */
public final class Heap {
  private static final long MOST = Runtime.getRuntime().maxMemory() / 2;

  private Heap() {}

  /** The most that one thing may take, in bytes. */
  public static long most() {
    return MOST;
  }

  /**
   * Refuses what would take more.
   *
   * @param where the file, or what else it is
   * @param found what it is that takes so much, such as "16384x5461 pixels"
   * @param bytes that it takes
   * @throws InputException when that is more than {@link #most}
   */
  public static void require(String where, String found, long bytes) {
    if (bytes > MOST) {
      throw tooMuch(where, found, bytes);
    }
  }

  private static InputException tooMuch(String where, String found, long bytes) {
    return new InputException(
            where,
            found + ", for which " + mebibytes(bytes) + " of memory are needed",
            "at most " + mebibytes(MOST) + ", half of what Java may use here",
            remedy(bytes))
        .inPassing();
  }

  /** What to do where so many bytes are needed at once. */
  public static String remedy(long bytes) {
    return String.format(
        Locale.ROOT,
        "choose a smaller one, or let Java use more: export FDISTILL_JAVA_FLAGS=-Xmx%dg, or java"
            + " -Xmx%1$dg -jar ...",
        gibibytes(bytes));
  }

  private static String mebibytes(long bytes) {
    return ((bytes >> 20) + 1) + " MiB";
  }

  private static long gibibytes(long bytes) {
    return (bytes >> 29) + 1;
  }
}
