package io.github.fdistill;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Where loggers come from. Log4j waits when it is first used, and where that is interrupted its
 * classes stay broken for as long as Java runs, and with them each class that has a logger. So it
 * is made ready by a thread that nobody interrupts.
 */
public final class Logs {
  private static boolean ready;

  private Logs() {}

  /** The logger of a class. */
  public static Logger of(Class<?> named) {
    makeReady();
    return LogManager.getLogger(named);
  }

  /**
   * Makes Log4j ready, for libraries that make loggers themselves. A thread that is interrupted
   * meanwhile is so afterwards.
   */
  public static synchronized void makeReady() {
    if (ready) {
      return;
    }
    Thread making = new Thread(() -> LogManager.getLogger(Logs.class), "log");
    making.start();
    boolean interrupted = false;
    while (!ready) {
      try {
        making.join();
        ready = true;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
