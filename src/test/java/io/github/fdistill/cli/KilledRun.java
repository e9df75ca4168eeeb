package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.journal.ReadEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A {@link TinyRun} that is started in a JVM of its own and killed, with what must hold after each
 * kill, and of what comes of it in the end.
 */
final class KilledRun {
  /** The phases in which the run's log is open. */
  private static final Set<Phase> LOGGING =
      Set.of(Phase.STEPS, Phase.CHECKPOINT, Phase.BEST, Phase.EVALUATION, Phase.PICTURE);

  /**
   * When to kill.
   *
   * @param phase once the program is there; none: it does not matter where it is
   * @param millis after that, or after the start
   */
  record Moment(Optional<Phase> phase, long millis) {
    static final Moment NEVER = new Moment(Optional.empty(), TimeUnit.DAYS.toMillis(1));

    /** For a run that had ended by then. */
    Moment sooner() {
      return new Moment(phase, millis / 2);
    }
  }

  /**
   * A kill.
   *
   * @param phase what the program was doing
   * @param temporaries that it left half-written
   * @param step of the newest whole checkpoint then
   */
  record Kill(Phase phase, long temporaries, long step) {}

  private final TinyRun run;
  private final Path phaseFile;

  /** Where the natives are unpacked, if not where they were before. */
  private Map<String, String> environment = Map.of();

  KilledRun(Path folder) throws IOException {
    run = TinyRun.create(Files.createDirectory(folder.resolve("place")));
    phaseFile = folder.resolve("phase");
  }

  /** The names of the files that are compared. */
  Set<String> compared() {
    return run.unbroken().keySet();
  }

  /** From now on the natives are unpacked into this folder, which takes a while the first time. */
  void unpackInto(Path folder) {
    environment = Map.of("JAVA_TOOL_OPTIONS", "-Dorg.bytedeco.javacpp.cachedir=" + folder);
  }

  /**
   * Starts the run, or goes on with it, and kills it at a moment.
   *
   * @return nothing where the run was finished before; it has been held against the unbroken one
   *     and begins anew
   */
  Optional<Kill> kill(Moment moment) throws Exception {
    long before = run.newest();
    WatchedProgram.prepare(phaseFile);
    try (ChildJvm child = start()) {
      if (await(child, moment)) {
        child.kill();
        Phase phase = WatchedProgram.phase(phaseFile);
        requireCalm(child.rest());
        if (LOGGING.contains(phase)) {
          Path events = run.place().path("runs/student");
          assertEquals(before, ReadEvents.lastSession(events), "it went on from the newest");
        }
        long after = run.newest();
        assertTrue(after >= before, "from " + before + " back to " + after);
        long temporaries = run.result().temporaries().stream().filter(p -> isOf(child, p)).count();
        return Optional.of(new Kill(phase, temporaries, after));
      }
      requireCalm(child.rest());
      child.assertExitCode(0);
    }
    run.requireUnbroken();
    run.clear();
    return Optional.empty();
  }

  private static boolean isOf(ChildJvm child, Path temporary) {
    return temporary.getFileName().toString().contains(".tmp-" + child.pid() + "-");
  }

  private ChildJvm start() throws IOException {
    List<Object> words = new ArrayList<>(List.of(run.place().root(), phaseFile));
    words.addAll(List.of(TinyRun.WORDS));
    Map<String, String> with = new HashMap<>(environment);
    with.put("TF_CPP_MIN_LOG_LEVEL", "3");
    return ChildJvm.start(with, WatchedProgram.class, words.toArray());
  }

  /** Whether the moment came before the end. */
  private boolean await(ChildJvm child, Moment moment) throws Exception {
    while (moment.phase().isPresent()
        && WatchedProgram.phase(phaseFile) != moment.phase().get()
        && !child.hasEnded()) {
      Thread.sleep(0, 200_000);
    }
    long start = System.nanoTime();
    while (System.nanoTime() - start < moment.millis() * 1_000_000 && !child.hasEnded()) {
      Thread.sleep(0, 200_000);
    }
    return !child.hasEnded();
  }

  /** Nothing that was read was damaged, and nothing went wrong. */
  private static void requireCalm(String said) {
    assertFalse(said.matches("(?s).*(damaged|garbled|remedy|Exception| WARN ).*"), said);
  }
}
