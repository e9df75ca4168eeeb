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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Workers as threads of this process, each with a server of TensorFlow's. */
public final class Crews {
  private Crews() {}

  /** What a worker does. */
  @FunctionalInterface
  public interface Work<T> {
    T with(Crew crew) throws Exception;
  }

  /** Pairs of ports from 10000 on, below those that systems give to whoever asks for any. */
  private static final int PAIRS = 11_000;

  /** Elsewhere in each process: several may look for ports at once. */
  private static final AtomicLong NEXT = new AtomicLong(ProcessHandle.current().pid() * 7919);

  /** Addresses on this machine, free a moment ago; of each the next port is free too. */
  public static String addresses(int workers) {
    List<String> addresses = new ArrayList<>();
    while (addresses.size() < workers) {
      int port = 10_000 + 2 * (int) (NEXT.getAndIncrement() % PAIRS);
      if (isFree(port) && isFree(port + 1)) {
        addresses.add("127.0.0.1:" + port);
      }
    }
    return String.join(",", addresses);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  static Crew.Terms terms(String version, String work, double seconds) {
    Duration patience = Duration.ofMillis((long) (1000 * seconds));
    return new Crew.Terms(version, work, patience, "all is counted anew");
  }

  /** Joins as one of several. */
  static Crew join(String addresses, int worker, Crew.Terms terms, Consumer<Loss> lost)
      throws IOException {
    Crew crew = Crew.meet(Team.of("test", addresses, worker), terms, lost);
    try {
      crew.serve();
      return crew;
    } catch (RuntimeException e) {
      crew.close();
      throw e;
    }
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
