package io.github.fdistill.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a user asks of a run, beside its settings.
 *
 * @param file that the settings stand in
 * @param words the whole command line, for the record
 * @param quiet whether no progress is shown
 * @param dry whether it is only tried, and nothing written
 * @param first the run that this one repeats, if it repeats one
 */
public record RunOrder(
    Workspace workspace,
    Path file,
    List<String> words,
    boolean quiet,
    boolean dry,
    Optional<FirstRun> first) {
  /** The same for a run that is to be as another was. */
  public RunOrder repeating(FirstRun run) {
    return new RunOrder(workspace, file, words, quiet, dry, Optional.of(run));
  }

  /**
   * Refuses other inputs than those of the run that is to be repeated.
   *
   * @throws io.github.fdistill.InputException when one differs
   */
  public void requireSame(List<RunPlan.Input> inputs) {
    first.ifPresent(run -> run.requireSame(inputs));
  }
}
