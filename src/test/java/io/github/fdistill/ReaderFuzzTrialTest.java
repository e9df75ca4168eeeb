package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.fdistill.wire.ApiException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Good files with one to four changes, a hundred thousand for each reader, all in one JVM of 256
 * MiB: each is read, or refused in words of ours, within a time.
 */
@Tag("trial")
class ReaderFuzzTrialTest {
  private static final int ROUNDS = 100_000;

  /** By the clock, on a machine that may be busy; and of the thread that reads. */
  private static final long MOST_MILLIS = 30_000;

  private static final long MOST_PROCESSOR_MILLIS = 1_000;

  /** On a disk in memory, where there is one. */
  @TempDir Path folder;

  /** In a JVM of its own: a row of a table for each reader, and whatever was wrong. */
  static final class Fuzzing {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Readers reader;
    private final Path folder;
    private final Set<String> faults = new HashSet<>();
    private int read;
    private int refused;
    private long slowest;
    private long most;
    private volatile long begun;

    private Fuzzing(Readers reader, Path folder) {
      this.reader = reader;
      this.folder = folder;
    }

    /**
     * @param args a folder, how many changed files of each reader, and which readers; none: all
     */
    public static void main(String[] args) throws IOException {
      Configurator.setRootLevel(Level.ERROR);
      List<Readers> readers =
          args.length > 2
              ? Stream.of(args).skip(2).map(Readers::valueOf).toList()
              : List.of(Readers.values());
      for (Readers reader : readers) {
        Path folder = Files.createDirectories(Path.of(args[0], reader.name()));
        reader.writeGood(folder);
        List<byte[]> good = reader.goodOnes(folder);
        for (byte[] each : good) { // What is loaded once takes its time now.
          Files.write(folder.resolve(reader.file()), each);
          reader.read(folder);
        }
        new Fuzzing(reader, folder).run(good, Integer.parseInt(args[1]));
      }
      System.out.println("DONE");
      System.exit(0); // A server may run.
    }

    private void run(List<byte[]> good, int rounds) throws IOException {
      Thread watch = new Thread(this::watch, "watch");
      watch.setDaemon(true);
      watch.start();
      long start = System.nanoTime();
      for (int i = 0; i < rounds; i++) {
        byte[] from = good.get(i % good.size());
        byte[] bytes = Mutation.of(from, 1_000_003L * reader.file().hashCode() + i);
        bytes = i % 2 == 0 ? bytes : Mutation.withChecksums(reader, bytes);
        Files.write(folder.resolve(reader.file()), bytes);
        one(i, bytes);
      }
      begun = 0;
      System.out.printf(
          Locale.ROOT,
          "| %s | %,d | %,d | %,d | %.0f | %d | %.1f |%n",
          reader,
          rounds,
          read,
          refused,
          (System.nanoTime() - start) / 1e9,
          slowest / 1_000_000,
          most / 1e6);
    }

    /** Tells of what does not end. */
    private void watch() {
      Thread reading =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("main"))
              .findFirst()
              .orElseThrow();
      try {
        for (Thread.sleep(500); ; Thread.sleep(500)) {
          long since = begun;
          if (since != 0 && System.nanoTime() - since > MOST_MILLIS * 1_000_000) {
            System.out.println("WRONG " + reader + " is still at it:");
            Stream.of(reading.getStackTrace()).forEach(System.out::println);
            begun = 0;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void one(int number, byte[] bytes) throws IOException {
      long held = THREADS.getCurrentThreadAllocatedBytes();
      long processor = THREADS.getCurrentThreadCpuTime();
      begun = System.nanoTime();
      try {
        reader.read(folder);
        read++;
      } catch (InputException e) {
        refused++;
        requireWords(number, bytes, e.getMessage());
        if (e.getMessage().chars().anyMatch(c -> Character.isISOControl(c) && c != '\n')) {
          wrong(number, bytes, Shown.text(e.getMessage()), new Exception("said"));
        }
      } catch (ApiException e) { // Shown as JSON, or by the client that asked.
        refused++;
        requireWords(number, bytes, "" + e.getMessage());
      } catch (Throwable e) {
        wrong(number, bytes, e.toString(), e);
      }
      begun = 0;
      long nanos = THREADS.getCurrentThreadCpuTime() - processor;
      slowest = Math.max(slowest, nanos);
      most = Math.max(most, THREADS.getCurrentThreadAllocatedBytes() - held);
      if (nanos > MOST_PROCESSOR_MILLIS * 1_000_000) {
        wrong(number, bytes, "it took long", new Exception(nanos / 1_000_000 + " ms"));
      }
    }

    private void requireWords(int number, byte[] bytes, String message) throws IOException {
      boolean java = message.matches("(?s).*\\b(java|com|io)\\.\\w+\\..*|.*\\w+Exception.*");
      boolean vague =
          message.contains("no words for")
              || message.contains("more than fits into")
              || message.contains("more memory than there is");
      if (java || vague) {
        wrong(number, bytes, Shown.text(message), new Exception("said"));
      }
    }

    /** Tells of a kind of fault once, and keeps the file. */
    private void wrong(int number, byte[] bytes, String what, Throwable how) throws IOException {
      StackTraceElement[] trace = how.getStackTrace();
      Throwable root = how;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      String kind =
          how.getMessage() != null && how.getMessage().equals("said")
              ? what.replaceAll("[^a-zA-Z ]+.*", "")
              : root.getClass() + " " + (trace.length > 0 ? root.getStackTrace()[0] : "");
      if (faults.add(kind) && faults.size() <= 20) {
        Path kept = folder.resolveSibling(reader + "-" + number);
        Files.write(kept, bytes);
        System.out.println("WRONG " + kept + ": " + what);
        how.printStackTrace(System.out);
      }
    }
  }

  @Test
  void everyReaderReadsOrRefuses() throws Exception {
    try (ChildJvm fuzzing =
        ChildJvm.start(Map.of("JDK_JAVA_OPTIONS", "-Xmx256m"), Fuzzing.class, folder, ROUNDS)) {
      String all = fuzzing.rest();
      String rows = String.join("\n", all.lines().filter(line -> line.startsWith("| ")).toList());
      Trials.write(
          "readers.md",
          "| file | changed | still read | refused | seconds | slowest, ms | most, MB |\n"
              + "|---|---:|---:|---:|---:|---:|---:|\n"
              + rows
              + "\n");
      assertFalse(all.contains("WRONG"), all);
      assertTrue(all.contains("DONE"), all);
    }
  }
}
