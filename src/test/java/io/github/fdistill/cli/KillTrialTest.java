package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.Trials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills at any time, and on purpose while something is trained, written, measured or starts.
 * Whatever the run was doing, the same command goes on to what the unbroken run has left.
 */
@Tag("trial")
class KillTrialTest {
  private static final long SEED = 1;

  /** Kills at any time, and the longest that such a run is left alone. */
  private static final int AT_ANY_TIME = 15;

  private static final int LONGEST_MILLIS = 10_000;

  /** Kills on purpose, in each of these phases, and the longest after it began. */
  private static final int LONGEST_INTO_PHASE = 60;

  private static final Map<Phase, Integer> ON_PURPOSE =
      new EnumMap<>(
          Map.of(
              Phase.STEPS, 5,
              Phase.CHECKPOINT, 8,
              Phase.EXPORT, 8,
              Phase.EVALUATION, 7,
              Phase.BEST, 5,
              Phase.PICTURE, 4,
              Phase.LOG, 4));

  /** Kills soon after the start, and those while TensorFlow's natives are unpacked. */
  private static final int STARTING = 6;

  private static final int UNPACKING = 2;

  private static final String TABLE =
      "| killed during | kills | went on from a checkpoint | from step 0, with none yet |"
          + " left something half-written |\n|---|---:|---:|---:|---:|\n";

  @TempDir Path folder;

  @Test
  void goesOnAfterEachKill() throws Exception {
    KilledRun run = new KilledRun(folder);
    List<KilledRun.Kill> kills = new ArrayList<>();
    int finished = 0;
    for (KilledRun.Moment moment : moments()) {
      finished += untilKilled(run, moment, kills);
    }
    for (int i = 0; i < UNPACKING; i++) {
      run.unpackInto(folder.resolve("natives-" + i));
      finished += untilKilled(run, soon(400 + 800 * i), kills);
    }
    assertEquals(Optional.empty(), run.kill(KilledRun.Moment.NEVER));
    report(kills, finished + 1, run.compared());
  }

  private static List<KilledRun.Moment> moments() {
    Random random = new Random(SEED);
    List<KilledRun.Moment> moments = new ArrayList<>();
    ON_PURPOSE.forEach(
        (phase, count) -> {
          for (int i = 0; i < count; i++) {
            moments.add(
                new KilledRun.Moment(Optional.of(phase), random.nextInt(LONGEST_INTO_PHASE)));
          }
        });
    for (int i = 0; i < STARTING; i++) {
      moments.add(soon(random.nextInt(3_000)));
    }
    for (int i = 0; i < AT_ANY_TIME; i++) {
      moments.add(new KilledRun.Moment(Optional.empty(), random.nextInt(LONGEST_MILLIS)));
    }
    Collections.shuffle(moments, random);
    return moments;
  }

  private static KilledRun.Moment soon(long millis) {
    return new KilledRun.Moment(Optional.of(Phase.START), millis);
  }

  /** Returns how many runs were finished until one was killed; each time it is tried sooner. */
  private static int untilKilled(KilledRun run, KilledRun.Moment moment, List<KilledRun.Kill> kills)
      throws Exception {
    int finished = 0;
    Optional<KilledRun.Kill> kill = run.kill(moment);
    for (KilledRun.Moment next = moment.sooner(); kill.isEmpty(); next = next.sooner()) {
      finished++;
      kill = run.kill(next);
    }
    kills.add(kill.get());
    System.out.printf("kill %d: %s%n", kills.size(), kill.get());
    return finished;
  }

  private static void report(List<KilledRun.Kill> kills, int finished, Set<String> compared)
      throws IOException {
    StringBuilder page = new StringBuilder(TABLE);
    for (Phase phase : Phase.values()) {
      row(page, phase.text, kills.stream().filter(k -> k.phase() == phase).toList());
    }
    row(page, "in all", kills);
    page.append("%n%d runs finished, each bit for bit the unbroken one.%n".formatted(finished));
    page.append("%nCompared: %s.%n".formatted(String.join(", ", compared)));
    Trials.write("kills.md", page.toString());
  }

  private static void row(StringBuilder page, String text, List<KilledRun.Kill> kills) {
    long anew = kills.stream().filter(k -> k.step() == 0).count();
    long half = kills.stream().filter(k -> k.temporaries() > 0).count();
    page.append(
        "| %s | %d | %d | %d | %d |%n"
            .formatted(text, kills.size(), kills.size() - anew, anew, half));
  }
}
