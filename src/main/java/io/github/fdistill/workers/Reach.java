package io.github.fdistill.workers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Looks, as long as a worker is at work, whether it reaches the ports at which TensorFlow listens
 * on all others: sums go straight from one to another, and would wait for each other where two that
 * reach the first worker are cut off from one another.
 */
final class Reach implements AutoCloseable {
  /** In the time that one may be cut off. */
  private static final int LOOKS = 5;

  private final Team team;
  private final Duration patience;
  private final Consumer<String> cut;
  private final long[] reached;
  private final Thread thread;

  private Reach(Team team, Duration patience, Consumer<String> cut) {
    this.team = team;
    this.patience = patience;
    this.cut = cut;
    reached = new long[team.workers().size()];
    Arrays.fill(reached, System.nanoTime());
    thread = new Thread(this::look, "worker-reach");
    thread.setDaemon(true);
  }

  /**
   * Begins to look.
   *
   * @param patience how long another may be cut off
   * @param cut hears, at most once, which is, and why
   */
  static Reach watch(Team team, Duration patience, Consumer<String> cut) {
    Reach reach = new Reach(team, patience, cut);
    reach.thread.start();
    return reach;
  }

  private void look() {
    long pause = patience.toMillis() / LOOKS;
    try {
      while (true) {
        for (int worker = 0; worker < reached.length; worker++) {
          String why = worker == team.worker() ? "" : reach(team.workers().get(worker), pause);
          long now = System.nanoTime();
          if (why.isEmpty()) {
            reached[worker] = now;
          } else if (now - reached[worker] > patience.toNanos()) {
            cut.accept(
                "it does not reach "
                    + team.name(worker)
                    + " for "
                    + patience.toSeconds()
                    + " s: "
                    + why);
            return;
          }
        }
        Thread.sleep(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why a port is not reached; nothing where it is. */
  private static String reach(Address address, long millis) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.socketHost(), address.port()), (int) millis);
      return "";
    } catch (IOException e) {
      return address.why(e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
