package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.workers.Crew;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What is asked of a job, beside its settings.
 *
 * @param file that the settings stand in
 * @param words the whole command line, for the record; none where there is none
 * @param quiet whether no progress is shown
 * @param dry whether it is only tried, and nothing written
 * @param placement whether a trial tells where a GPU would compute each op
 * @param first the run that this one repeats, if it repeats one
 * @param crew the workers that make it together; none: it is made here alone
 * @param together how many would make together what is only tried
 */
public record RunOrder(
    Workspace workspace,
    Path file,
    List<String> words,
    boolean quiet,
    boolean dry,
    boolean placement,
    Optional<Repetition> first,
    Optional<Crew> crew,
    Together together) {

  /**
   * How many make a run together.
   *
   * @param all of them
   * @param here how many of them share this machine's memory
   */
  public record Together(int all, int here) {
    /** One alone. */
    public static final Together ONE = new Together(1, 1);
  }

  /**
   * A run that is repeated.
   *
   * @param differences hears, as the repetition begins, what may make other bits of it, a line
   *     each; nothing where there is nothing
   */
  public record Repetition(FirstRun run, Consumer<List<String>> differences) {
    void tellDifferences(RecordFile now) {
      List<String> lines = run.differences(now);
      if (!lines.isEmpty()) {
        differences.accept(lines);
      }
    }
  }

  /** In place of a file, in messages about settings that stand in none. */
  private static final Path NO_FILE = Path.of("settings");

  /** A run that is not shown, of settings that stand in no file. */
  public static RunOrder of(Workspace workspace) {
    return of(workspace, NO_FILE);
  }

  /** The same of settings that stand in a file. */
  static RunOrder of(Workspace workspace, Path file) {
    return new RunOrder(
        workspace,
        file,
        List.of(),
        true,
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Together.ONE);
  }

  /** The same with or without progress on the way. */
  public RunOrder shown(boolean shown) {
    return new RunOrder(workspace, file, words, !shown, dry, placement, first, crew, together);
  }

  /** How it is shown how far work is. */
  Progress.Options progress() {
    return Progress.Options.of(Progress.Display.choose(quiet));
  }

  /** The same, to be tried only. */
  public RunOrder tried() {
    return new RunOrder(workspace, file, words, quiet, true, placement, first, crew, together);
  }

  /** The same with a command line for the record. */
  public RunOrder words(List<String> line) {
    return new RunOrder(workspace, file, line, quiet, dry, placement, first, crew, together);
  }

  /** The same, to be made with other workers. */
  public RunOrder with(Crew workers) {
    return new RunOrder(
        workspace, file, words, quiet, dry, placement, first, Optional.of(workers), together);
  }

  /** The same of one that is only tried, which so many would make. */
  public RunOrder triedFor(Together workers) {
    return new RunOrder(workspace, file, words, quiet, dry, placement, first, crew, workers);
  }

  /** Whether another worker decides, and writes what the run leaves. */
  public boolean follows() {
    return crew.isPresent() && !crew.get().leads();
  }

  /** How many make it together, or would. */
  public int workers() {
    return crew.map(Crew::workers).orElse(together.all());
  }

  /** How many of them share this machine's memory. */
  public int workersHere() {
    return crew.map(Crew::here).orElse(together.here());
  }

  /**
   * Refuses batches that cannot be computed in as many parts for each worker.
   *
   * @param batch images
   * @param parts that each worker computes its share in
   * @param together images that a part has a multiple of
   * @param goesOn whether the run was begun, so that its batch stays
   * @throws InputException when they are not a multiple
   */
  void requireShares(int batch, int parts, int together, boolean goesOn) {
    requireShares(file, workers(), batch, parts, together, goesOn);
  }

  /**
   * The same of any workers. Other parts are named first, of no more images than one worker had:
   * they give the same numbers, and another batch does not.
   */
  static void requireShares(
      Path file, int workers, int batch, int parts, int together, boolean goesOn) {
    long each = (long) workers * parts * together;
    if (batch % each == 0) {
      return;
    }
    int share = batch / workers;
    int fewest = Math.max(1, (int) ((parts - 1L + workers) / workers));
    OptionalInt others =
        parts == 1 || share % together != 0 || batch % workers != 0
            ? OptionalInt.empty()
            : IntStream.rangeClosed(fewest, share)
                .filter(n -> share % n == 0 && share / n % together == 0)
                .findFirst();
    long below = batch / each * each;
    String batches = (below > 0 ? below + " or " : "") + (below + each);
    String elsewise = goesOn ? fewer(workers, batch, (long) parts * together) : batches;
    throw new InputException(
        file + ": batch_size",
        batch
            + " images for "
            + workers
            + " workers"
            + (parts > 1 ? ", " + parts + " parts" : "")
            + (together > 1 ? ", " + together + " steps with critics of each" : ""),
        "a multiple of " + each,
        others.isPresent()
            ? "accumulation_steps "
                + others.getAsInt()
                + ", which gives the same numbers in parts of "
                + share / others.getAsInt()
                + " images; or "
                + (goesOn ? "" : "another batch, which does not: ")
                + elsewise
            : elsewise);
  }

  /** Workers who can share the batch: one alone can, who began it with parts that fit. */
  private static String fewer(int workers, int batch, long each) {
    int most = IntStream.range(1, workers).filter(n -> batch % (n * each) == 0).max().orElse(1);
    return "fewer workers: " + most;
  }

  /** The same for a run that is to be as another was; see {@link Repetition}. */
  public RunOrder repeating(FirstRun run, Consumer<List<String>> differences) {
    Repetition repeated = new Repetition(run, differences);
    return new RunOrder(
        workspace, file, words, quiet, dry, placement, Optional.of(repeated), crew, together);
  }

  /**
   * Refuses other inputs than those of the run that is to be repeated.
   *
   * @throws InputException when one differs
   */
  public void requireSame(List<RunPlan.Input> inputs) {
    first.ifPresent(repeated -> repeated.run().requireSame(inputs));
  }
}
