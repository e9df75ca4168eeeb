package io.github.fdistill.hosting;

import io.github.fdistill.journal.ProgramLog;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/**
 * The program of a {@link ModelProcess}: answers calls that come on stdin, on stdout, until there
 * are no more. A signal does not end it: Ctrl-C is for the server, which ends it in its own time.
 */
public final class ModelMain {
  private ModelMain() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true");
    ProgramLog.use();
    // The hook is never done: until the end below, the JVM goes on.
    CountDownLatch never = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> await(never), "signals"));
    DataInputStream calls =
        new DataInputStream(
            new BufferedInputStream(new FileInputStream(FileDescriptor.in), 1 << 16));
    DataOutputStream answers =
        new DataOutputStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
    // What anyone prints is no answer.
    System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.err), true));
    try {
      new ModelService(answers).serve(calls);
    } catch (IOException e) {
      // The server has gone.
    } finally {
      Runtime.getRuntime().halt(0);
    }
  }

  private static void await(CountDownLatch never) {
    try {
      never.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
