package io.github.fdistill.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/**
 * What a user asks of a run, beside its settings.
 *
 * @param file that the settings stand in
 * @param words the whole command line, for the record
 * @param quiet whether no progress is shown
 * @param dry whether it is only tried, and nothing written
 * @param first the run that this one repeats, if it repeats one
 */
record RunOrder(
    Place place,
    Path file,
    List<String> words,
    boolean quiet,
    boolean dry,
    Optional<FirstRun> first) {
  private static final String DRY = "dry-run";

  /** The flag {@code --dry-run}. */
  static Option dryRun() {
    return Flags.plain(
        DRY,
        "check everything, make two steps, tell what memory and time the run\n"
            + "takes; write nothing");
  }

  /** Of a run that is no repetition. */
  static RunOrder of(CommandLine line, List<String> words, Place place, Path file) {
    return new RunOrder(
        place, file, words, line.hasOption("quiet"), line.hasOption(DRY), Optional.empty());
  }

  /** The same for a run that is to be as another was. */
  RunOrder repeating(FirstRun run) {
    return new RunOrder(place, file, words, quiet, dry, Optional.of(run));
  }

  /**
   * Refuses other inputs than those of the run that is to be repeated.
   *
   * @throws io.github.fdistill.InputException when one differs
   */
  void requireSame(List<RunPlan.Input> inputs) {
    first.ifPresent(run -> run.requireSame(inputs));
  }
}
