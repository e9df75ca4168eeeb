package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A run of a few seconds that does all that a run can do: two averages, checkpoints, pictures,
 * measures, events, the best student kept, the last one exported.
 *
 * @param unbroken what it leaves when nothing comes in between
 */
record TinyRun(Workplace place, Map<String, String> unbroken) {
  static final int STEPS = 40;

  /** Steps from one picture and measure to the next. */
  static final int LOOKS = 4;

  static final String[] WORDS = words(STEPS);

  /** The command line with so many steps, a multiple of {@link #LOOKS}. */
  static String[] words(int steps) {
    return words(steps, 2, LOOKS);
  }

  /**
   * The command line with other intervals.
   *
   * @param saves steps from one checkpoint to the next
   * @param looks steps from one picture and measure to the next
   */
  static String[] words(int steps, int saves, int looks) {
    return ("train --quiet --config=distill.pbtxt --set=steps=" + steps)
        .concat(" --set=checkpoint.every_steps=" + saves)
        .concat(" --set=picture_every_steps=" + looks)
        .concat(" --set=evaluation.every_steps=" + looks + " --set=evaluation.samples=20")
        .concat(" --set=evaluation.features=features --set=optimiser.learning_rate=0.0003")
        .concat(" --set=ratio.decay=0.5 --set=export_average=1")
        .split(" ");
  }

  /** Makes a place for the run. */
  static Workplace place(Path folder) throws IOException {
    Workplace place = Workplace.create(folder);
    place.write("distill.pbtxt", place.read("distill.pbtxt") + "average { decay: 0.5 }\n");
    ForeignModel.write(
        place.path("savedmodels/teacher/1"), "denoise", Workplace.SIDE, Workplace.CLASSES, true);
    place.columnFeatures("features", Workplace.SIDE, "features");
    return place;
  }

  /** Makes a place for the run, and runs it once. */
  static TinyRun create(Path folder) throws IOException {
    Workplace place = place(folder);
    place.run(WORDS).done();
    assertEquals(STEPS, place.finiteMetrics("student").size());
    TinyRun run = new TinyRun(place, new RunResult(place.root(), "student").files());
    run.clear();
    return run;
  }

  /** Does away with all that the run has left, so that it begins anew. */
  void clear() throws IOException {
    AtomicFolder.delete(place.path("runs"));
    AtomicFolder.delete(place.path("savedmodels/student"));
  }

  RunResult result() {
    return new RunResult(place.root(), "student");
  }

  /** It is finished, and has left what the unbroken run left, and no temporaries. */
  void requireUnbroken() throws IOException {
    requireUnbroken(Set.of());
  }

  /**
   * The same.
   *
   * @param others files that have times, such as how long workers waited
   */
  void requireUnbroken(Set<String> others) throws IOException {
    Map<String, String> files = result().files();
    Set<String> different = new TreeSet<>(files.keySet());
    different.addAll(unbroken.keySet());
    different.removeIf(name -> Objects.equals(files.get(name), unbroken.get(name)));
    different.removeAll(others);
    assertEquals(Set.of(), different);
    assertEquals(List.of(), result().temporaries());
  }

  /** The step of the newest checkpoint, after every one has been found whole; 0 where is none. */
  long newest() throws IOException {
    Path folder = place.path("runs/student/checkpoints");
    Checkpoints checkpoints = new Checkpoints(folder, 1);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> inside = Files.list(folder)) {
        for (Path path :
            inside.filter(p -> p.getFileName().toString().startsWith("step-")).toList()) {
          long step = Long.parseLong(path.getFileName().toString().substring("step-".length()));
          assertEquals(path, checkpoints.latest(s -> s <= step).orElseThrow().folder());
        }
      }
    }
    return checkpoints.latest().map(Checkpoint::step).orElse(0L);
  }
}
