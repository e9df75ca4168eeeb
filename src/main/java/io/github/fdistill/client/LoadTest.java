package io.github.fdistill.client;

import io.github.fdistill.condition.ConditionRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Several clients that each ask again as soon as they are answered, for a bounded time. Every
 * request has other seeds.
 *
 * @param clients at once
 * @param rows of each request
 * @param conditions of the images of a request, one after another and then from the first again
 */
public record LoadTest(int clients, int rows, ConditionRows conditions, Duration time) {

  /**
   * What came of it.
   *
   * @param nanos how long each request took, in rising order
   * @param errors by message
   * @param seconds that it took in all
   */
  public record Outcome(long[] nanos, Map<String, Integer> errors, double seconds, int rows) {
    /** Milliseconds within which this share of the requests was answered. */
    public double percentile(double share) {
      int index = (int) Math.ceil(share * nanos.length) - 1;
      return nanos.length == 0 ? Double.NaN : nanos[Math.max(0, index)] / 1e6;
    }

    public double requestsPerSecond() {
      return nanos.length / seconds;
    }

    public double imagesPerSecond() {
      return requestsPerSecond() * rows;
    }
  }

  private record Part(List<Long> nanos, Map<String, Integer> errors) {}

  /** Asks. */
  public Outcome run(ModelClient client) {
    AtomicLong seed = new AtomicLong();
    ConditionRows conditionOfEach = conditionOfEach();
    long start = System.nanoTime();
    long end = start + time.toNanos();
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Future<Part>> parts = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        parts.add(threads.submit(() -> ask(client, conditionOfEach, seed, end)));
      }
      List<Long> nanos = new ArrayList<>();
      Map<String, Integer> errors = new TreeMap<>();
      for (Future<Part> part : parts) {
        nanos.addAll(part.get().nanos());
        part.get().errors().forEach((message, n) -> errors.merge(message, n, Integer::sum));
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      return new Outcome(sorted, errors, seconds, rows);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  /** Of the images of a request. */
  public ConditionRows conditionOfEach() {
    return conditions.rows(IntStream.range(0, rows).map(i -> i % conditions.count()).toArray());
  }

  private Part ask(ModelClient client, ConditionRows conditionOfEach, AtomicLong next, long end) {
    Part part = new Part(new ArrayList<>(), new TreeMap<>());
    while (System.nanoTime() < end) {
      long first = next.getAndAdd(rows);
      long[] seeds = new long[rows];
      Arrays.setAll(seeds, i -> first + i);
      long asked = System.nanoTime();
      try {
        client.png(seeds, conditionOfEach);
        part.nanos().add(System.nanoTime() - asked);
      } catch (ModelClient.ServerError e) {
        part.errors().merge(e.getMessage(), 1, Integer::sum);
      }
    }
    return part;
  }
}
