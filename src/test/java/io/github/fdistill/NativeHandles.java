package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.function.Executable;

/**
 * Graphs, sessions and tensors that are open in this JVM, as JavaCPP counts them. One that is not
 * closed counts until Java collects it.
 */
public final class NativeHandles {
  private NativeHandles() {}

  /** Does the work, after which no more of them may be open than before. */
  public static void assertNoneLeft(Executable work) throws Throwable {
    long before = settled();
    work.execute();
    // Threads that the work has told to end may still be letting go of theirs.
    Eventually.within(30, () -> Pointer.totalCount() <= before);
    long left = Pointer.totalCount() - before;
    assertTrue(left <= 0, left + " graphs, sessions or tensors were left open");
  }

  /** Their count once what earlier work left has been collected: it would hide what this leaves. */
  private static long settled() throws InterruptedException {
    long count = Pointer.totalCount();
    long before;
    do {
      before = count;
      System.gc();
      Thread.sleep(50);
      count = Pointer.totalCount();
    } while (count < before);
    return count;
  }
}
