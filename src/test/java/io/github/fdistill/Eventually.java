package io.github.fdistill;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** What comes about by itself: soon on a machine that is idle, late on one that is busy. */
public final class Eventually {
  private Eventually() {}

  /** Asks until it is so; whether it came to be so within these seconds. */
  public static boolean within(int seconds, Callable<Boolean> asked) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!asked.call()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(20);
    }
    return true;
  }
}
