package io.github.fdistill;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.wire.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hundreds of thousands of good files with one to four changes, for all readers in one JVM of 256
 * MiB: each is read, or refused in words of ours, within a time.
 */
@Tag("trial")
class ReaderFuzzTrialTest {
  /** Of those that ask TensorFlow whether a graph fits, and of the others. */
  private static final int FEW = 3_000;

  private static final int MANY = 6_500;
  private static final Set<Readers> SLOW =
      Set.of(
          Readers.NETWORK,
          Readers.SERVED,
          Readers.DESCRIPTION,
          Readers.FROZEN,
          Readers.OBJECTS,
          Readers.DIFFUSERS);

  /** Of files that others' models and data come in. */
  private static final int FOREIGN = 20_000;

  private static final Set<Readers> OTHERS =
      EnumSet.range(Readers.TABLE, Readers.DATASET).stream()
          .filter(reader -> !SLOW.contains(reader))
          .collect(Collectors.toSet());

  private static final long MOST_MILLIS = 10_000;

  @TempDir Path folder;

  /** In a JVM of its own: a row of a table for each reader, and whatever was wrong. */
  static final class Fuzzing {
    private final Readers reader;
    private final Path folder;
    private int read;
    private int refused;
    private long worst;

    private Fuzzing(Readers reader, Path folder) {
      this.reader = reader;
      this.folder = folder;
    }

    public static void main(String[] args) throws IOException {
      Set<String> only = Set.of(args).size() > 1 ? Set.of(args) : Set.of();
      for (Readers reader : Readers.values()) {
        if (!only.isEmpty() && !only.contains(reader.name())) {
          continue;
        }
        Path folder = Files.createDirectories(Path.of(args[0], reader.name()));
        reader.writeGood(folder);
        reader.read(folder); // What is loaded once takes its time now.
        new Fuzzing(reader, folder).run(Files.readAllBytes(folder.resolve(reader.file())));
      }
      System.out.println("DONE");
    }

    private void run(byte[] good) throws IOException {
      int rounds = SLOW.contains(reader) ? FEW : OTHERS.contains(reader) ? FOREIGN : MANY;
      long start = System.nanoTime();
      for (int i = 0; i < rounds; i++) {
        byte[] bytes = Mutation.of(good, 1_000_003L * reader.ordinal() + i);
        bytes = i % 2 == 0 ? bytes : Mutation.withChecksums(reader, bytes);
        Files.write(folder.resolve(reader.file()), bytes);
        one(i);
      }
      System.out.printf(
          Locale.ROOT,
          "| %s | %,d | %,d | %,d | %.0f |%n",
          reader.file().replaceAll(".*/", "") + (reader == Readers.SERVED ? ", served" : ""),
          rounds,
          read,
          refused,
          (System.nanoTime() - start) / 1e9);
    }

    private void one(int number) {
      long start = System.nanoTime();
      try {
        reader.read(folder);
        read++;
      } catch (InputException | ApiException e) {
        refused++;
        requireWords(number, e.getMessage());
      } catch (Throwable e) {
        System.out.println("WRONG " + reader + " " + number + ": " + e);
        e.printStackTrace(System.out);
      }
      long millis = (System.nanoTime() - start) / 1_000_000;
      worst = Math.max(worst, millis);
      if (millis > MOST_MILLIS) {
        System.out.println("WRONG " + reader + " " + number + ": " + millis + " ms");
      }
    }

    private void requireWords(int number, String message) {
      boolean hidden = message.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n');
      boolean java = message.matches("(?s).*\\bjava\\.\\w+\\..*|.*\\w+Exception.*");
      boolean vague = message.contains("no words for");
      if (java || vague || hidden && !(reader.name().endsWith("REQUEST"))) {
        System.out.println("WRONG " + reader + " " + number + " said: " + Shown.text(message));
      }
    }
  }

  @Test
  void everyReaderReadsOrRefuses() throws Exception {
    try (ChildJvm fuzzing =
        ChildJvm.start(Map.of("JDK_JAVA_OPTIONS", "-Xmx256m"), Fuzzing.class, folder)) {
      String all = fuzzing.rest();
      String rows = String.join("\n", all.lines().filter(line -> line.startsWith("| ")).toList());
      Trials.write(
          "readers.md",
          "| file | changed | still read | refused | seconds |\n|---|---:|---:|---:|---:|\n"
              + rows
              + "\n");
      assertFalse(all.contains("WRONG"), all);
      assertTrue(all.contains("DONE"), all);
    }
  }
}
