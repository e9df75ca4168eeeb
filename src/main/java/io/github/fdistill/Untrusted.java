package io.github.fdistill;

import java.util.function.Supplier;

/**
 * Reads what may come from anywhere. Whatever in it makes its reader stumble, and was not foreseen,
 * is told as what it is: a fault of what is read, at a place.
 */
public final class Untrusted {
  /** What is found of a file that Java mapped, and cannot read: it then throws InternalError. */
  public static final String PAGE_GONE =
      "shorter than when it was opened, or on a disk that cannot be read";

  private static final String TENSORFLOW = "org.tensorflow";

  private Untrusted() {}

  /**
   * Reads.
   *
   * @param where the file, and what of it
   * @param needed what would be accepted
   * @param remedy what to do next
   * @throws InputException as the reader throws it, or in the place of anything else
   */
  public static <T> T read(String where, String needed, String remedy, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (InputException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError | InternalError e) {
      throw new InputException(where, found(e), needed, remedy, e);
    }
  }

  private static String found(Throwable e) {
    if (e instanceof StackOverflowError) {
      return "nested more deeply than can be followed";
    } else if (e instanceof OutOfMemoryError) {
      return "more than fits into the " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB of Java";
    } else if (e instanceof InternalError) {
      return PAGE_GONE;
    } else if (e.getClass().getName().startsWith(TENSORFLOW)) {
      return "TensorFlow refuses it: " + Shown.line(String.valueOf(e.getMessage()));
    }
    return "damaged, in a way that there are no words for (--debug shows where it was noticed)";
  }
}
