package io.github.fdistill.journal;

import io.github.fdistill.Logs;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Logger;

/**
 * Ctrl-C and SIGTERM as a request to save and end. While it is open, the signal makes {@link
 * #requested} true and the JVM lives on until {@link #close}, for as long as it is given; then it
 * ends with the signal's exit code, 130 or 143, whatever the program asks for. What the program has
 * to say at the end it says before the close: afterwards the JVM may be gone at any moment.
 *
 * <pre>{@code
 * try (StopSignal stop = StopSignal.install(Duration.ofMinutes(2))) {
 *   while (!stop.requested() && step < steps) { ... }
 *   checkpoints.save(step, ...);
 * }
 * }</pre>
 *
 * System.exit has the same effect as a signal: called inside the block it would wait for a close
 * that cannot come, until the patience ends. Call it after the block.
 */
public final class StopSignal implements AutoCloseable {
  private static final Logger LOG = Logs.of(StopSignal.class);

  private final CountDownLatch done = new CountDownLatch(1);
  private final Duration patience;
  private final String ending;
  private final Thread hook = new Thread(this::stop, "stop-signal");
  private volatile boolean requested;

  private StopSignal(Duration patience, String ending) {
    this.patience = patience;
    this.ending = ending;
  }

  /**
   * Listens from now on.
   *
   * @param patience how long the JVM lives on after a signal when nobody closes this
   */
  public static StopSignal install(Duration patience) {
    return install(patience, "this step ends, then the run is saved");
  }

  /**
   * The same for what saves nothing: what computes ends before TensorFlow's libraries are gone.
   *
   * @param ending what a signal leads to, in words
   */
  public static StopSignal install(Duration patience, String ending) {
    StopSignal signal = new StopSignal(patience, ending);
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /** Whether a signal has come; from then on the work should save and close this. */
  public boolean requested() {
    return requested;
  }

  /** Says that the work is done and saved: the JVM may end. Never blocks; may be repeated. */
  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already ending, and the hook has just been let go.
    }
  }

  private void stop() {
    requested = true;
    LOG.info("Stopping: {}. To end at once: kill -9 {}", ending, ProcessHandle.current().pid());
    try {
      if (!done.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("Not ended after {} seconds: ending without it", patience.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
