package io.github.fdistill.training;

import io.github.fdistill.Logs;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Session;

/**
 * Goes back to a checkpoint of before a collapse, with lower learning rates. How often that has
 * been done stands in the rate factor, which checkpoints hold: a resumed run knows it too. It goes
 * back to the stage's beginning and to multiples of {@code every} alone, whatever other checkpoints
 * there are: so a run comes to the same wherever it was stopped on the way. Only where one of those
 * should be there and none is, as where {@code every} was changed, it takes the newest of the
 * others.
 *
 * @param rateFactor what every learning rate is multiplied by
 * @param rate what it is multiplied by each time, below 1
 * @param most how often
 * @param first the step that the stage begins at: what was before is another training's
 * @param every steps from one checkpoint to the next
 */
record Rollback(FloatVariable rateFactor, double rate, int most, long first, long every) {
  private static final Logger LOG = Logs.of(Rollback.class);

  /**
   * Makes the state that of the newest such checkpoint of before the window that showed the
   * collapse.
   *
   * @param step that showed it
   * @return the step to go on from; nothing where it has gone back often enough, or has nothing to
   *     go back to
   */
  OptionalLong from(long step, Session session, State state, Checkpoints checkpoints)
      throws IOException {
    double factor = state.number(session, rateFactor);
    long made = Math.round(Math.log(factor) / Math.log(rate));
    if (made >= most) {
      return OptionalLong.empty();
    }
    long newest = step - Watchdog.WINDOW;
    Optional<Checkpoint> place = checkpoints.latest(s -> isPlace(s) && s <= newest);
    boolean tooEarly = first == 0 && newest < every;
    Optional<Checkpoint> good =
        place.isPresent() || tooEarly ? place : checkpoints.latest(s -> s >= first && s <= newest);
    if (good.isPresent() || tooEarly) {
      state.goBack(session, good.map(Checkpoint::folder));
    } else {
      LOG.warn("No checkpoint of steps {} to {} is there to go back to", first, newest);
      return OptionalLong.empty();
    }
    long from = good.map(Checkpoint::step).orElse(0L);
    checkpoints.removeAfter(from);
    state.set(session, rateFactor, (float) (factor * rate));
    LOG.warn(
        "Back from step {} to step {}, and on with {} of the learning rates ({} of {} times)",
        step,
        from,
        (float) (factor * rate),
        made + 1,
        most);
    return OptionalLong.of(from);
  }

  /**
   * Whether a run that has come to a step may go back to another: later it does so to none before
   * the place that it would now.
   */
  boolean mayNeed(long step, long saved) {
    long place = Math.floorDiv(saved - Watchdog.WINDOW, every) * every;
    return most > 0 && isPlace(step) && step >= place;
  }

  private boolean isPlace(long step) {
    return step == first || step > first && step % every == 0;
  }
}
