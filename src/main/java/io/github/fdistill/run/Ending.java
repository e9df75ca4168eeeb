package io.github.fdistill.run;

import io.github.fdistill.training.TrainingLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What may give a distillation another number of steps while it goes on: the time that it is to
 * take, and its measures where they no longer improve.
 */
final class Ending {
  private final RunSession session;
  private final Optional<Clock> clock;
  private final Optional<Plateau> plateau;
  private OptionalLong end = OptionalLong.empty();

  /**
   * @param plateau with what was measured before
   * @param made steps that were made before; on a plateau the run ends there
   */
  Ending(RunSession session, Optional<Clock> clock, Optional<Plateau> plateau, long made) {
    this.session = session;
    this.clock = clock;
    this.plateau = plateau;
    endOnPlateau(made);
  }

  private void endOnPlateau(long step) {
    plateau
        .filter(Plateau::isReached)
        .ifPresent(
            found -> {
              session.note(Plateau.STEP, step);
              session.note(Plateau.ENTRY, found.entry());
              if (step < session.steps()) {
                found.tell(step, session.steps());
                end = OptionalLong.of(step);
              }
            });
  }

  /** Looks at the clock after every step, where there is one. */
  List<TrainingLoop.Look> looks() {
    List<TrainingLoop.Look> looks = new ArrayList<>();
    clock.ifPresent(watch -> looks.add(watch.look()));
    return looks;
  }

  /** Hears what was measured after a step, and gives it back. */
  Map<String, Double> heard(long step, Map<String, Double> measured) {
    plateau.ifPresent(found -> found.add(step, measured));
    endOnPlateau(step);
    return measured;
  }

  /** Asked before each step: whether the run is to stop, or to be planned anew. */
  boolean isDue() {
    return end.isPresent() || session.stop(clock).getAsBoolean();
  }

  /** The new number of steps, if there is one, which counts as planned from then on. */
  OptionalLong take() {
    // A plateau ends the run whatever the clock says in the same step, which is forgotten then.
    OptionalLong byClock = clock.map(Clock::take).orElse(OptionalLong.empty());
    OptionalLong steps = end.isPresent() ? end : byClock;
    end = OptionalLong.empty();
    return steps;
  }
}
