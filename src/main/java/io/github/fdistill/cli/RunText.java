package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import io.github.fdistill.Shown;
import io.github.fdistill.files.ShellWord;
import io.github.fdistill.journal.StopSignal;
import io.github.fdistill.run.PreparedRun;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunResult;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** Runs what is prepared, or tries it out, and says what came of it. */
final class RunText {
  /** For a run to be saved after Ctrl-C or SIGTERM. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private RunText() {}

  /**
   * Runs to the last step or until a signal comes; a dry run is tried out.
   *
   * @param closing what is said of a run that has finished
   */
  static void run(PreparedRun run, PrintStream out, Function<RunResult, String> closing)
      throws IOException {
    run.notes().forEach(note -> out.println("Note:     " + Shown.line(note)));
    if (run.order().dry()) {
      DryRunText.tell(out, run.dryRun(), run::rehearse);
      if (run.order().placement()) {
        PlacementText.tell(out, run.onGpu());
      }
      return;
    }
    try (StopSignal stop = StopSignal.install(PATIENCE)) {
      if (run.order().follows()) {
        requireFinished(run.follow(stop::requested));
        return;
      }
      RunResult result = run.run(stop::requested);
      out.print(result.finished() ? closing.apply(result) : stopped(run.order(), result));
      if (run.order().crew().isPresent()) {
        requireFinished(result.finished());
      }
    }
  }

  /** A worker that ends before the run does is to be started again, whichever was asked to stop. */
  private static void requireFinished(boolean finished) {
    if (!finished) {
      throw new WorkersEnded(
          new InputException(
              "the run",
              "a worker was asked to stop, so all did; the run is saved",
              "all workers, to go on",
              "start all again"));
    }
  }

  private static String stopped(RunOrder order, RunResult result) {
    return String.format(
        "Stopped at step %d of %d and saved in %s%nGo on:    ./fdistill %s%n",
        result.step(),
        result.steps(),
        order.workspace().relative(result.folder()),
        commandLine(order.words()));
  }

  /** A path as it is typed. */
  static String word(Workspace workspace, Path path) {
    return ShellWord.quoted(workspace.relative(path));
  }

  /** What was typed, to be typed again. */
  static String commandLine(List<String> words) {
    return String.join(" ", words.stream().map(ShellWord::quoted).toList());
  }

  /** Of a repetition: what may make other bits, a line each. */
  static void tellDifferences(PrintStream out, List<String> differences) {
    out.println("Warning:  bits may differ from those of the first run, which had another");
    differences.forEach(line -> out.println("          " + line));
  }
}
