package io.github.fdistill.training;

import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Session;

/**
 * Goes back to a checkpoint of before a collapse, with lower learning rates. How often that has
 * been done stands in the rate factor, which checkpoints hold: a resumed run knows it too.
 *
 * @param rateFactor what every learning rate is multiplied by
 * @param rate what it is multiplied by each time, below 1
 * @param most how often
 */
record Rollback(FloatVariable rateFactor, double rate, int most) {
  private static final Logger LOG = LogManager.getLogger(Rollback.class);

  /**
   * Makes the state that of the newest checkpoint of before the window that showed the collapse.
   *
   * @param step that showed it
   * @return the step to go on from; nothing where it has gone back often enough
   */
  OptionalLong from(long step, Session session, State state, Checkpoints checkpoints)
      throws IOException {
    double factor = state.number(session, rateFactor);
    long made = Math.round(Math.log(factor) / Math.log(rate));
    if (made >= most) {
      return OptionalLong.empty();
    }
    Optional<Checkpoint> good = checkpoints.latest(step - Watchdog.WINDOW);
    if (good.isPresent()) {
      state.restore(session, good.get().folder());
    } else {
      state.initialise(session);
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
}
