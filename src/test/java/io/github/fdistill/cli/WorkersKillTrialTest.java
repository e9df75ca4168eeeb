package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Trials;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One of two workers, which share out what their optimisers keep, is killed at any time, again and
 * again: the other ends, nothing is half-written, and the same command goes on to what the two
 * leave when none is killed.
 */
@Tag("trial")
class WorkersKillTrialTest {
  private static final long SEED = 1;
  private static final int KILLS = Integer.getInteger("fdistill.kills", 40);

  /** For the others to end after a kill. */
  private static final int SECONDS = 30;

  private static final int LONGEST_MINUTES = 10;

  /** They tell how long each worker waited. */
  private static final Set<String> TIMED = Set.of("metrics.jsonl", "events");

  @TempDir Path folder;

  /** A kill: of which worker, how long the command went on, its exit code, the newest step. */
  private record Kill(int worker, double seconds, int code, long step) {}

  private TinyRun run;
  private final Random random = new Random(SEED);

  @Test
  void twoGoOnAfterEachKill() throws Exception {
    Workplace place = TinyRun.place(Files.createDirectory(folder.resolve("place")));
    run = new TinyRun(place, Map.of());
    long start = System.nanoTime();
    finish();
    long millis = (System.nanoTime() - start) / 1_000_000;
    run = new TinyRun(place, run.result().files());
    run.clear();

    List<Kill> kills = new ArrayList<>();
    int finished = 0;
    while (kills.size() < KILLS) {
      Optional<Kill> kill = kill((long) (random.nextDouble() * millis));
      kill.ifPresent(kills::add);
      if (kill.isEmpty()) {
        finished++;
        run.requireUnbroken(TIMED);
        run.clear();
      } else {
        System.out.printf("kill %d: %s%n", kills.size(), kill.get());
      }
    }
    finish();
    run.requireUnbroken(TIMED);
    report(kills, finished + 1);
  }

  private void finish() throws Exception {
    Process all = start();
    assertTrue(all.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES), "it still runs");
    assertEquals(0, all.exitValue(), Files.readString(said()));
  }

  /**
   * Starts both, or goes on, and kills one of them.
   *
   * @return nothing where they were done before
   */
  private Optional<Kill> kill(long afterMillis) throws Exception {
    long before = run.newest();
    Process all = start();
    try {
      while (all.isAlive() && all.children().count() < 2) {
        Thread.sleep(5);
      }
      Thread.sleep(afterMillis);
      int worker = random.nextInt(2);
      List<ProcessHandle> workers = all.children().sorted().toList();
      if (workers.size() < 2) {
        all.waitFor(SECONDS, TimeUnit.SECONDS);
        assertEquals(0, all.exitValue(), Files.readString(said()));
        return Optional.empty();
      }
      workers.get(worker).destroyForcibly();
      long killed = System.nanoTime();
      assertTrue(all.waitFor(SECONDS, TimeUnit.SECONDS), "the other still runs");
      double seconds = (System.nanoTime() - killed) / 1e9;
      if (all.exitValue() == 0) {
        return Optional.empty();
      }
      long after = run.newest();
      assertTrue(after >= before, "from " + before + " back to " + after);
      assertEquals(Main.AGAIN, all.exitValue(), Files.readString(said()));
      return Optional.of(new Kill(worker, seconds, all.exitValue(), after));
    } finally {
      all.descendants().forEach(ProcessHandle::destroyForcibly);
      all.destroyForcibly();
    }
  }

  private Path said() {
    return folder.resolve("said");
  }

  private Process start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", classPath()));
    command.add(Main.class.getName());
    command.addAll(List.of(TinyRun.WORDS));
    for (String whose : List.of("", "fake_score.", "discriminator.")) {
      command.add("--set=" + whose + "optimiser.sharded=true");
    }
    command.add("--local-workers=2");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(run.place().root().toFile()).redirectOutput(said().toFile());
    builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "3");
    return builder.start();
  }

  /** It is started elsewhere. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static void report(List<Kill> kills, int finished) throws IOException {
    Map<Integer, Long> codes =
        kills.stream()
            .collect(Collectors.groupingBy(Kill::code, TreeMap::new, Collectors.counting()));
    double longest = kills.stream().mapToDouble(Kill::seconds).max().orElse(0);
    long anew = kills.stream().filter(kill -> kill.step() == 0).count();
    long first = kills.stream().filter(kill -> kill.worker() == 0).count();
    Trials.write(
        "worker-kills.md",
        "%d kills, %d of worker 0; %d before there was a checkpoint. Exit codes %s; the command"
                .formatted(kills.size(), first, anew, codes)
            + " ended within %.1f s. %d runs finished, each bit for bit the unbroken one.%n"
                .formatted(longest, finished));
  }
}
