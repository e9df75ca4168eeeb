package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Workers as threads of this process, each with a server of TensorFlow's. */
public final class Crews {
  private Crews() {}

  /** What a worker does. */
  @FunctionalInterface
  public interface Work<T> {
    T with(Crew crew) throws Exception;
  }

  /** Addresses on this machine, free a moment ago; of each the next port is free too. */
  public static String addresses(int workers) throws IOException {
    List<String> addresses = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    while (addresses.size() < workers) {
      ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(first);
      try {
        held.add(new ServerSocket(first.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress()));
        addresses.add("127.0.0.1:" + first.getLocalPort());
      } catch (IOException | IllegalArgumentException e) {
        // The next one is taken: another pair.
      }
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return String.join(",", addresses);
  }

  static Crew.Terms terms(String version, String work, double seconds) {
    return new Crew.Terms(version, work, Duration.ofMillis((long) (1000 * seconds)));
  }

  /** Joins as one of several. */
  static Crew join(String addresses, int worker, Crew.Terms terms, Consumer<Crew.Loss> lost)
      throws IOException {
    return Crew.join(Team.of("test", addresses, worker), terms, lost);
  }

  /** All do the same; what each returns, or the first that one throws. */
  public static <T> List<T> run(int workers, Work<T> work) throws Exception {
    return once(
        workers,
        crew -> {
          T result = work.with(crew);
          if (crew.leads()) {
            crew.end(true);
          } else {
            crew.ordered();
          }
          return result;
        });
  }

  /** The same of work in which the first worker says itself that all is done. */
  public static <T> List<T> once(int workers, Work<T> work) throws Exception {
    String addresses = addresses(workers);
    List<Callable<T>> all = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      int worker = i;
      all.add(
          () -> {
            try (Crew crew = join(addresses, worker, terms("1", "", 30), why -> {})) {
              try {
                return work.with(crew);
              } catch (RuntimeException e) {
                crew.fail(e, new InputException("test", e.toString(), "", ""));
                throw e;
              }
            }
          });
    }
    return together(all);
  }

  /** Each in a thread. */
  static <T> List<T> together(List<Callable<T>> all) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(all.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> each : threads.invokeAll(all)) {
        results.add(each.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      threads.shutdown();
    }
  }
}
